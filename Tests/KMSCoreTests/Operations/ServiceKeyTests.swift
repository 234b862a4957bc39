import KMSCore
import KMSTestKit
import Testing

@Suite("Service keys")
struct ServiceKeyTests {
    private let oss = ServiceCode("OSS")
    private let alias = "alias/acs/oss"

    /// A bench whose account has the key of OSS, and the key's id.
    private func used() async throws -> (Bench, String) {
        let bench = try Bench()
        let answer = try await bench.call("GenerateDataKey", ["KeyId": alias], as: oss)
        return (bench, try #require(answer["KeyId"]?.text))
    }

    @Test("a service's first use makes its key, named after its code, and the next finds it")
    func firstUse() async throws {
        let (bench, id) = try await used()
        let metadata = try #require(try await bench.call("DescribeKey", ["KeyId": alias])["KeyMetadata"])
        #expect(metadata["KeyId"] == .text(id) && metadata["Creator"] == .text("OSS"))
        #expect(metadata["ProtectionLevel"] == .text("SOFTWARE") && metadata["KeySpec"] == .text("Aliyun_AES_256"))
        let again = try await bench.call("Encrypt", ["KeyId": alias, "Plaintext": "text"], as: oss)
        #expect(again["KeyId"] == .text(id))
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(1))
        #expect(
            bench.audit.records.map(\.action) == [
                "ServiceCreateKey", "GenerateDataKey", "DescribeKey", "Encrypt", "ListKeys",
            ]
        )
        #expect(try await bench.store.unacknowledgedAuditLines().isEmpty)
    }

    @Test("nobody else makes it: not the account, not another service, not another name, not a dry run")
    func strangers() async throws {
        let bench = try Bench()
        #expect(await bench.code("Encrypt", ["KeyId": alias, "Plaintext": "x"]) == "Forbidden.AliasNotFound")
        for (name, code) in [(alias, "RDS"), ("alias/acs/rds", "OSS"), ("alias/acs/OSS", "OSS"), ("alias/oss", "OSS")] {
            await #expect(throws: KMSError.aliasNotFound) {
                try await bench.call("Encrypt", ["KeyId": name, "Plaintext": "x"], as: ServiceCode(code))
            }
        }
        await #expect(throws: KMSError.dryRun) {
            try await bench.call("Encrypt", ["KeyId": alias, "Plaintext": "x"], isDryRun: true, as: oss)
        }
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(0))
    }

    @Test("a service that may not use keys makes none")
    func denied() async throws {
        let bench = try Bench(authorizer: DoorwayTests.StrictAuthorizer(denied: ["kms:Encrypt"]))
        do {
            try await bench.call("Encrypt", ["KeyId": alias, "Plaintext": "x"], as: oss)
            Issue.record("a denied service was served")
        } catch { #expect(error.code == "Forbidden.NoPermission") }
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(0))
    }

    @Test("fifty first uses at once make one key")
    func race() async throws {
        let bench = try Bench()
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<50 {
                group.addTask { try await bench.call("GenerateDataKey", ["KeyId": alias], as: oss)["KeyId"]?.text }
            }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(1))
    }

    @Test("each region and each account has a key of its own")
    func namespaces() async throws {
        let bench = try Bench()
        var ids = Set<String?>()
        for namespace in [Namespace.example(), .example("2000000000000002"), .example("1000000000000001", "us-east-1")]
        {
            let answer = try await bench.call("GenerateDataKey", ["KeyId": alias], in: namespace, as: oss)
            ids.insert(answer["KeyId"]?.text)
        }
        #expect(ids.count == 3)
    }

    @Test("the account uses, tags and lists it, by the filter CreatorType too")
    func permittedToUsers() async throws {
        let (bench, id) = try await used()
        _ = try await bench.makeKey()
        for (action, parameters) in [
            ("DescribeKey", ["KeyId": id]), ("GenerateDataKey", ["KeyId": alias]),
            ("GenerateDataKeyWithoutPlaintext", ["KeyId": id]), ("ListKeyVersions", ["KeyId": id]),
            ("ListAliasesByKeyId", ["KeyId": id]),
            ("TagResource", ["KeyId": id, "Tags": #"[{"TagKey":"a","TagValue":"b"}]"#]),
            ("ListResourceTags", ["KeyId": id]),
            ("UntagResource", ["KeyId": id, "TagKeys": #"["a"]"#]),
        ] as [(String, [String: String])] {
            #expect(await bench.code(action, parameters.map { (key: $0.key, value: $0.value) }) == nil, "\(action)")
        }
        let blob = try await bench.encrypt("text", under: id)
        #expect(await bench.code("Decrypt", ["CiphertextBlob": blob]) == nil)
        for (type, count) in [("Service", 1), ("User", 1)] {
            let filter = #"[{"Key":"CreatorType","Values":["\#(type)"]}]"#
            #expect(try await bench.call("ListKeys", ["Filters": filter])["TotalCount"] == .number(count))
        }
    }

    @Test("what would change it is refused, to the service as well")
    func refused() async throws {
        let (bench, id) = try await used()
        let other = try await bench.makeKey()
        try await bench.call("CreateAlias", ["KeyId": other, "AliasName": "alias/mine"])
        let requests: [(String, KeyValuePairs<String, String>)] = [
            ("DisableKey", ["KeyId": id]), ("EnableKey", ["KeyId": id]), ("ScheduleKeyDeletion", ["KeyId": id]),
            ("CancelKeyDeletion", ["KeyId": id]), ("UpdateKeyDescription", ["KeyId": id, "Description": "mine"]),
            ("SetDeletionProtection", ["KeyId": id, "EnableDeletionProtection": "true"]),
            (
                "UpdateRotationPolicy",
                ["KeyId": id, "EnableAutomaticRotation": "true", "RotationInterval": "7d"]
            ),
            ("CreateKeyVersion", ["KeyId": id]), ("CreateAlias", ["KeyId": id, "AliasName": "alias/mine-too"]),
            ("UpdateAlias", ["KeyId": id, "AliasName": "alias/mine"]),
            ("UpdateAlias", ["KeyId": other, "AliasName": alias]), ("DeleteAlias", ["AliasName": alias]),
            (
                "GetParametersForImport",
                ["KeyId": id, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"]
            ),
            ("DeleteKeyMaterial", ["KeyId": id]),
        ]
        for (action, parameters) in requests {
            for caller in [nil, oss] {
                do {
                    try await bench.call(action, parameters, as: caller)
                    Issue.record("\(action) was done")
                } catch { #expect(error.code == "Rejected.UnsupportedOperation", "\(action)") }
            }
        }
        #expect(try await bench.metadata(of: id)["KeyState"] == .text("Enabled"))
    }

    @Test("users take no name that begins with alias/acs")
    func reservedNames() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        for name in ["alias/acs/oss", "alias/acs/mine", "alias/acs"] {
            #expect(await bench.code("CreateAlias", ["KeyId": key, "AliasName": name]) == "InvalidParameter")
        }
        #expect(await bench.code("DeleteAlias", ["AliasName": "alias/acs/none"]) == "Forbidden.AliasNotFound")
    }
}
