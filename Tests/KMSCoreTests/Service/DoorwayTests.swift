import KMSCore
import KMSTestKit
import Synchronization
import Testing

@Suite("The doorway")
struct DoorwayTests {
    /// Denies what it is told to and remembers what it was asked.
    final class StrictAuthorizer: Authorizer {
        let denied: Set<String>
        let asked = Mutex<[String]>([])

        init(denied: Set<String>) { self.denied = denied }

        func decide(_ question: AccessQuestion) -> Decision {
            asked.withLock { $0.append("\(question.action) \(question.resource)") }
            return denied.contains(question.action) ? .notAllowed : .root
        }

        var asksForTags: Bool { false }
    }

    @Test("permission comes before existence: the denied cannot tell a key that is from one that is not")
    func permissionFirst() async throws {
        let bench = try Bench(
            authorizer: StrictAuthorizer(denied: ["kms:DescribeKey", "kms:Encrypt", "kms:DisableKey"])
        )
        let key = try await bench.makeKey()
        let nobody = "00000000-0000-4000-8000-000000000000"
        for action in ["DescribeKey", "DisableKey"] {
            #expect(await bench.code(action, ["KeyId": key]) == "Forbidden.NoPermission")
            #expect(await bench.code(action, ["KeyId": nobody]) == "Forbidden.NoPermission")
        }
        #expect(await bench.code("DescribeKey", ["KeyId": "alias/none"]) == "Forbidden.NoPermission")
        #expect(await bench.code("Encrypt", ["KeyId": key]) == "MissingParameter")
    }

    @Test("each operation tests its documented actions on its documented resources")
    func resources() async throws {
        let authorizer = StrictAuthorizer(denied: [])
        let bench = try Bench(authorizer: authorizer)
        let (first, second) = (try await bench.makeKey(), try await bench.makeKey())
        let blob = try await bench.encrypt("text", under: first)
        let arn = "acs:kms:cn-hangzhou:1000000000000001:"
        let requests: [(String, KeyValuePairs<String, String>, [String])] = [
            ("ListKeys", [:], ["kms:ListKeys \(arn)key"]),
            ("ListAliases", [:], ["kms:ListAliases \(arn)alias"]),
            ("CreateKey", [:], ["kms:CreateKey \(arn)key"]),
            (
                "CreateAlias", ["KeyId": first, "AliasName": "alias/a"],
                ["kms:CreateAlias \(arn)alias/a", "kms:CreateAlias \(arn)key/\(first)"]
            ),
            (
                "UpdateAlias", ["KeyId": second, "AliasName": "alias/a"],
                [
                    "kms:UpdateAlias \(arn)alias/a", "kms:UpdateAlias \(arn)key/\(first)",
                    "kms:UpdateAlias \(arn)key/\(second)",
                ]
            ),
            ("Encrypt", ["KeyId": "alias/a", "Plaintext": "x"], ["kms:Encrypt \(arn)key/\(second)"]),
            ("ListAliasesByKeyId", ["KeyId": second], ["kms:ListAliasesByKeyId \(arn)key/\(second)"]),
            (
                "DeleteAlias", ["AliasName": "alias/a"],
                ["kms:DeleteAlias \(arn)alias/a", "kms:DeleteAlias \(arn)key/\(second)"]
            ),
            (
                "ReEncrypt", ["CiphertextBlob": blob, "DestinationKeyId": second],
                ["kms:ReEncryptFrom \(arn)key/\(first)", "kms:ReEncryptTo \(arn)key/\(second)"]
            ),
            ("Decrypt", ["CiphertextBlob": blob], ["kms:Decrypt \(arn)key/\(first)"]),
            ("DescribeRegions", [:], []),
            ("DescribeAccountKmsStatus", [:], ["kms:DescribeAccountKmsStatus *"]),
        ]
        for (action, parameters, expected) in requests {
            authorizer.asked.withLock { $0 = [] }
            try await bench.call(action, parameters)
            #expect(authorizer.asked.withLock { $0 } == expected)
        }
    }

    @Test("every request is in the trail before its answer, refusals included, with what it touched")
    func trail() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        _ = await bench.code("Encrypt", ["KeyId": key, "Plaintext": "sentinel-plaintext"])
        _ = await bench.code("DescribeKey", ["KeyId": "none"])
        let records = bench.audit.records
        #expect(records.map(\.action) == ["CreateKey", "Encrypt", "DescribeKey"])
        #expect(records.map(\.outcome) == [.success, .success, .refused])
        #expect(records[1].key?.description == key && records[1].version != nil)
        #expect(records[2].errorCode == "Forbidden.KeyNotFound")
        for record in records {
            let line = String(decoding: record.line, as: UTF8.self)
            #expect(!line.contains("sentinel") && !line.contains("\n"))
        }
    }

    @Test("a change keeps its record in its own transaction until the trail has it")
    func outbox() async throws {
        let bench = try Bench()
        _ = try await bench.makeKey()
        #expect(try await bench.store.unacknowledgedAuditLines().isEmpty)
        bench.audit.failWrites(with: "no space left")
        let key = try await bench.makeKey()
        let waiting = try await bench.store.unacknowledgedAuditLines()
        #expect(waiting.count == 1)
        #expect(String(decoding: waiting[0].line, as: UTF8.self).contains(key))
        #expect(await bench.code("DescribeKey", ["KeyId": key]) == "ServiceUnavailableTemporary")
    }

    @Test("without a trail nothing is done")
    func brokenTrail() async throws {
        let bench = try Bench()
        bench.audit.fail(with: "no space left")
        #expect(await bench.code("CreateKey") == "ServiceUnavailableTemporary")
        bench.audit.fail(with: nil)
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(0))
    }

    @Test(
        "answers wait for the disk only where that is asked for; if it fails, only what was changed is answered as done"
    )
    func awaitedDisk() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        #expect(bench.audit.syncs == 0)
        bench.audit.awaitDisk()
        #expect(await bench.code("DescribeKey", ["KeyId": key]) == nil)
        #expect(bench.audit.syncs == 1)
        bench.audit.awaitDisk(failingWith: "input/output error")
        #expect(await bench.code("DescribeKey", ["KeyId": key]) == "ServiceUnavailableTemporary")
        #expect(await bench.code("DisableKey", ["KeyId": key]) == nil)
        #expect(bench.audit.syncs == 3)
    }

    @Test("a request that changed something cannot be sent again")
    func replay() async throws {
        let bench = try Bench()
        let account = Namespace.example().account
        let mark = ReplayMark(digest: UUIDBytes(high: 1, low: 2), account: account, timestamp: bench.clock.now())
        try await bench.call("CreateKey", replay: mark)
        do {
            try await bench.call("CreateKey", replay: mark)
            Issue.record("a replay was carried out")
        } catch { #expect(error.code == "SignatureNonceUsed") }
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(1))
    }

    @Test("a request that found nothing to change cannot be sent again either, when it would find something")
    func idleReplay() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let account = Namespace.example().account
        let mark = ReplayMark(digest: UUIDBytes(high: 3, low: 4), account: account, timestamp: bench.clock.now())
        try await bench.call("EnableKey", ["KeyId": key], replay: mark)
        try await bench.call("DisableKey", ["KeyId": key])
        do {
            try await bench.call("EnableKey", ["KeyId": key], replay: mark)
            Issue.record("a replay enabled a key")
        } catch { #expect(error.code == "SignatureNonceUsed") }
        #expect(try await bench.metadata(of: key)["KeyState"] == .text("Disabled"))
    }

    @Test("a key whose primary version was replaced by another key's encrypts nothing")
    func substitutedVersion() async throws {
        let bench = try Bench()
        let (victim, other) = (try await bench.makeKey(), try await bench.makeKey(in: .example("2000000000000002")))
        let id = try #require(UUIDBytes(text: victim.utf8).map { KeyID($0) })
        let stranger = try #require(UUIDBytes(text: other.utf8).map { KeyID($0) })
        let old = try #require(try await bench.store.key(id, in: .example()))
        let theirs = try await bench.store.key(stranger, in: .example("2000000000000002"))?.primaryVersion
        try await bench.store.apply(Change([.updateKey(from: old, to: old.changed { $0.primaryVersion = theirs })]))
        for action in ["Encrypt", "GenerateDataKey"] {
            #expect(await bench.code(action, ["KeyId": victim, "Plaintext": "text"]) == "InternalFailure")
        }
    }

    @Test("a store that fails is a 503 for reads and a 500 where a change may have been made")
    func brokenStore() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        bench.store.fail(with: .unavailable("sentinel-cause"))
        do { try await bench.call("DescribeKey", ["KeyId": key]) } catch {
            #expect(error.status == 503 && !error.message.contains("sentinel"))
        }
        do { try await bench.call("CreateKey") } catch {
            #expect(error.status == 500 && !error.message.contains("sentinel"))
        }
    }

    @Test("two hundred tasks that change one key all succeed, and the last state is one of theirs")
    func concurrency() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let codes = await withTaskGroup(of: String?.self) { group in
            for index in 0..<200 {
                group.addTask { await bench.code("UpdateKeyDescription", ["KeyId": key, "Description": "\(index)"]) }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.allSatisfy { $0 == nil || $0 == "Rejected.Throttling" })
        let description = try #require(try await bench.metadata(of: key)["Description"]?.text)
        #expect(Int(description).map { (0..<200).contains($0) } == true)
    }

    @Test("the catalogue names exactly the operations of the API")
    func names() {
        #expect(
            Catalogue.kms().names == [
                "AsymmetricDecrypt", "AsymmetricEncrypt", "AsymmetricSign", "AsymmetricVerify", "CancelKeyDeletion",
                "CertificatePrivateKeyDecrypt", "CertificatePrivateKeySign", "CertificatePublicKeyEncrypt",
                "CertificatePublicKeyVerify", "CreateAlias", "CreateCertificate", "CreateCertificateSigningRequest",
                "CreateKey", "CreateKeyVersion", "Decrypt", "DeleteAlias", "DeleteCertificate", "DeleteKeyMaterial",
                "DescribeAccountKmsStatus", "DescribeCertificate", "DescribeKey", "DescribeKeyVersion",
                "DescribeRegions", "DisableKey", "EnableKey", "Encrypt", "ExportDataKey", "GenerateAndExportDataKey",
                "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GetCertificate", "GetParametersForImport",
                "GetPublicKey", "ImportKeyMaterial", "ListAliases", "ListAliasesByKeyId", "ListKeyVersions", "ListKeys",
                "ListResourceTags", "ListTagResources", "OpenKmsService", "ReEncrypt", "ScheduleKeyDeletion",
                "SetDeletionProtection", "TagResource", "TagResources", "UntagResource", "UntagResources",
                "UpdateAlias", "UpdateCertificateStatus", "UpdateKeyDescription", "UpdateRotationPolicy",
                "UploadCertificate",
            ]
        )
    }
}
