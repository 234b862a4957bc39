import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("What the operator of the server may ask for")
struct AdministrationTests {
    private static let account = RAMBench.account.description

    /// The operator, who acts for an account.
    private static func operating(for account: String = "0") throws -> Caller {
        Caller(
            account: try #require(AccountID(account)),
            identity: .root,
            principal: "operator/1000",
            accessKeyID: "",
            authorizer: RootAuthorizer()
        )
    }

    private func code(
        _ bench: RAMBench,
        _ action: String,
        _ parameters: KeyValuePairs<String, String> = [:],
        for account: String = "0"
    ) async throws -> String? {
        do {
            try await bench.call(action, parameters, as: try Self.operating(for: account))
            return nil
        } catch let error as KMSError {
            return error.code
        }
    }

    @Test("an account is made with an access key, once; what was not named gets an id of sixteen digits")
    func accounts() async throws {
        let bench = try await RAMBench()
        let made = try await bench.call("CreateAccount", ["NewAccountId": "42"], as: try Self.operating())
        #expect(made["AccountId"] == .text("42"))
        let id = try #require(made["AccessKey"]?["AccessKeyId"]?.text)
        let secret = try #require(made["AccessKey"]?["AccessKeySecret"]?.text)
        let stored = try #require(try await bench.store.accessKey(id))
        #expect(stored.account.description == "42" && stored.identity == .root && secret.utf8.count == 30)
        #expect(try await code(bench, "CreateAccount", ["NewAccountId": "42"]) == "EntityAlreadyExists.Account")
        for wrong in ["0", "00", "x", "123456789012345678901"] {
            #expect(
                try await code(bench, "CreateAccount", ["NewAccountId": wrong])?.hasPrefix("InvalidParameter") == true
            )
        }
        let random = try await bench.call("CreateAccount", as: try Self.operating())
        #expect(random["AccountId"]?.text?.utf8.count == 16)
        let listed = try await bench.call("ListAccounts", as: try Self.operating())
        let ids = listed["Accounts"]?["Account"]?.elements.compactMap { $0["AccountId"]?.text } ?? []
        #expect(ids.count == 4 && ids.contains("42"))
        let record = try #require(bench.audit.records.first)
        #expect(record.principal == "operator/1000" && record.accessKeyID == nil)
        #expect(record.resources == ["acs:ram::42:root"])
        #expect(bench.audit.records.allSatisfy { !String(decoding: $0.line, as: UTF8.self).contains(secret) })
    }

    @Test("a service is registered once, in an account that is there, has two keys at most, and goes with them")
    func services() async throws {
        let bench = try await RAMBench()
        let oss: KeyValuePairs = ["ServiceCode": "OSS", "AccountId": Self.account]
        let made = try await bench.call("RegisterService", oss, as: try Self.operating(for: Self.account))
        #expect(made["Principal"] == .text("oss.aliyuncs.com"))
        let first = try #require(made["AccessKey"]?["AccessKeyId"]?.text)
        #expect(try await bench.store.accessKey(first)?.identity == .service(try #require(ServiceCode("OSS"))))
        #expect(try await code(bench, "RegisterService", oss) == "EntityAlreadyExists.Service")
        let nowhere: KeyValuePairs = ["ServiceCode": "ECS", "AccountId": "9"]
        #expect(try await code(bench, "RegisterService", nowhere) == "EntityNotExist.Account")
        for wrong in ["oss", "O", "O_S", "1OSS", ""] {
            let parameters: KeyValuePairs = ["ServiceCode": wrong, "AccountId": Self.account]
            #expect(try await code(bench, "RegisterService", parameters) != nil)
        }
        #expect(try await code(bench, "CreateServiceAccessKey", ["ServiceCode": "OSS"]) == nil)
        let third = try await code(bench, "CreateServiceAccessKey", ["ServiceCode": "OSS"])
        #expect(third == "LimitExceeded.Service.AccessKey")
        let drop: KeyValuePairs = ["ServiceCode": "OSS", "UserAccessKeyId": first]
        #expect(try await code(bench, "DeleteServiceAccessKey", drop) == nil)
        #expect(try await code(bench, "DeleteServiceAccessKey", drop) == "EntityNotExist.Service.AccessKey")
        let listed = try await bench.call("ListServices", as: try Self.operating())
        #expect(listed["Services"]?["Service"]?[0]?["AccessKeys"]?.elements.count == 1)
        #expect(try await code(bench, "RemoveService", ["ServiceCode": "OSS"]) == nil)
        for action in ["RemoveService", "CreateServiceAccessKey"] {
            #expect(try await code(bench, action, ["ServiceCode": "OSS"]) == "EntityNotExist.Service")
        }
        #expect(try await bench.store.services().isEmpty)
    }

    @Test("a user gets the hash of a password, and loses it; what is no hash is refused")
    func passwords() async throws {
        let bench = try await RAMBench()
        try await bench.call("CreateUser", ["UserName": "alice"])
        let alice = try #require(UserName("alice"))
        let hash: [UInt8] = [1, 15, 8, 3] + Array(repeating: 7, count: 48)
        let set: KeyValuePairs = ["UserName": "alice", "PasswordHash": Base64.encode(hash)]
        #expect(try await code(bench, "SetPasswordHash", set, for: Self.account) == nil)
        #expect(try await bench.store.user(named: alice, in: RAMBench.account)?.passwordHash == hash)
        for wrong in [Base64.encode([1, 2, 3]), "no base64"] {
            let parameters: KeyValuePairs = ["UserName": "alice", "PasswordHash": wrong]
            let refusal = try await code(bench, "SetPasswordHash", parameters, for: Self.account)
            #expect(refusal == "InvalidParameter.PasswordHash")
        }
        #expect(try await code(bench, "SetPasswordHash", set, for: "2") == "EntityNotExist.User")
        #expect(try await code(bench, "SetPasswordHash", ["UserName": "alice"], for: Self.account) == nil)
        #expect(try await bench.store.user(named: alice, in: RAMBench.account)?.passwordHash == nil)
    }

    @Test("an explanation names the statement that decides, and looks at the key's own tags")
    func explanations() async throws {
        let bench = try await RAMBench()
        try await bench.call("CreateUser", ["UserName": "alice"])
        let document = #"""
            {"Version":"1","Statement":[{"Effect":"Deny","Action":"kms:DisableKey","Resource":"*"},
             {"Effect":"Allow","Action":"kms:*","Resource":"*",
              "Condition":{"StringEquals":{"kms:tag/Project":"Apollo"}}}]}
            """#
        try await bench.call("CreatePolicy", ["PolicyName": "Apollo", "PolicyDocument": document])
        try await bench.call(
            "AttachPolicyToUser",
            ["PolicyType": "Custom", "PolicyName": "Apollo", "UserName": "alice"]
        )
        let namespace = Namespace(account: RAMBench.account, region: Fixture.region)
        let tagged = Key.example(UUIDBytes(high: 1, low: 1), in: namespace)
        let plain = Key.example(UUIDBytes(high: 1, low: 2), in: namespace)
        let tag = KMSCore.Tag(key: "Project", value: "Apollo")
        let steps: [Change.Step] = [
            .insertKey(tagged), .insertKey(plain), .setTags(tagged.id, in: namespace, [tag], limit: 20),
        ]
        try await bench.store.apply(Change(steps))
        for (action, key, isAllowed, words) in [
            ("kms:Encrypt", tagged, true, "statement 2 of Custom/Apollo (v1)"),
            ("kms:Encrypt", plain, false, "no statement"),
            ("kms:DisableKey", tagged, false, "statement 1 of Custom/Apollo (v1)"),
        ] {
            let answer = try await bench.call(
                "Explain",
                [
                    "Principal": "user/alice", "AskedAction": action, "Resource": key.resourceName.description,
                ],
                as: try Self.operating(for: Self.account)
            )
            #expect(answer["IsAllowed"] == .boolean(isAllowed))
            #expect(answer["Explanation"]?.text?.contains(words) == true, "\(answer)")
        }
        let unknown: KeyValuePairs = ["Principal": "user/bob", "AskedAction": "kms:Encrypt", "Resource": "*"]
        #expect(try await code(bench, "Explain", unknown, for: Self.account) == "EntityNotExist.Principal")
    }

    @Test("nothing of it is among the operations that the network reaches")
    func separation() async throws {
        let bench = try await RAMBench()
        let reached = Catalogue.kms().names + Catalogue.ram(bench.access).names + Catalogue.sts(bench.access).names
        let names = Catalogue.administration(bench.access, rootKey: FixedRootKey()).names
        #expect(Set(names).isDisjoint(with: reached))
        #expect(
            names == [
                "CreateAccount", "CreateServiceAccessKey", "DeleteServiceAccessKey", "DescribeRootKey", "Explain",
                "ListAccounts", "ListServices", "RegisterService", "RemoveService", "RotateRootKey",
                "SetPasswordHash",
            ]
        )
    }
}
