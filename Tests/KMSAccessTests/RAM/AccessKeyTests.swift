import KMSAccess
import KMSCore
import KMSProtection
import KMSTestKit
import Testing

@Suite("Access keys")
struct AccessKeyTests {
    @Test("a new access key has the documented form, and its secret is sealed for user and key")
    func creation() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let answer = try await bench.call("CreateAccessKey", ["UserName": "alice"])
        let made = try #require(answer["AccessKey"])
        let id = try #require(made["AccessKeyId"]?.text)
        let secret = try #require(made["AccessKeySecret"]?.text)
        #expect(made["Status"] == .text("Active") && made["CreateDate"] == .text("2026-01-01T00:00:00Z"))
        #expect(id.hasPrefix("LTAI") && id.utf8.count == 24 && secret.utf8.count == 30)
        #expect(
            (id + secret).utf8.allSatisfy {
                $0 < 0x7B && ($0 >= 0x61 || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0))
            }
        )

        let stored = try #require(try await bench.store.accessKey(id))
        let user = try await bench.userID("alice")
        #expect(stored.identity == .user(user) && stored.account == RAMBench.account && stored.isActive)
        func opened(_ principal: String, _ account: AccountID = RAMBench.account) -> String? {
            let subject = SealedSubject.accessKeySecret(account: account, principal: principal, accessKeyID: id)
            guard let opened = try? bench.sealer.open(stored.sealedSecret, as: subject) else { return nil }
            return String(decoding: opened.array, as: UTF8.self)
        }
        #expect(opened("user/\(user)") == secret)
        #expect(opened("root") == nil && opened("user/\(user)", RAMBench.other) == nil)
    }

    @Test("a user has two access keys at most, and one takes the other's place")
    func rotation() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        var ids: [String] = []
        for _ in 1...2 {
            let made = try await bench.call("CreateAccessKey", ["UserName": "alice"])
            ids.append(try #require(made["AccessKey"]?["AccessKeyId"]?.text))
            bench.clock.advance(seconds: 1)
        }
        let refusal = await bench.refusal("CreateAccessKey", ["UserName": "alice"])
        #expect(refusal?.status == 409 && refusal?.code == "LimitExceeded.User.AccessKey")
        #expect(
            refusal?.message.hasPrefix("The access key count of the user access keys beyond the current limits.")
                == true
        )
        // A key that may not sign counts as well.
        let status = ["UserName": "alice", "UserAccessKeyId": ids[0], "Status": "Inactive"] as KeyValuePairs
        #expect(try await bench.call("UpdateAccessKey", status) == .object([:]))
        #expect(await bench.code("CreateAccessKey", ["UserName": "alice"]) == "409 LimitExceeded.User.AccessKey")
        #expect(try await bench.store.accessKey(ids[0])?.isActive == false)

        let listed = try await bench.call("ListAccessKeys", ["UserName": "alice"])
        let rows: [Field] = [
            .object([
                "AccessKeyId": .text(ids[0]), "Status": .text("Inactive"), "CreateDate": .text("2026-01-01T00:00:00Z"),
            ]),
            .object([
                "AccessKeyId": .text(ids[1]), "Status": .text("Active"), "CreateDate": .text("2026-01-01T00:00:01Z"),
            ]),
        ]
        #expect(listed == .object(["AccessKeys": .object(["AccessKey": .list(rows)])]))

        #expect(
            try await bench.call("DeleteAccessKey", ["UserName": "alice", "UserAccessKeyId": ids[0]]) == .object([:])
        )
        #expect(await bench.code("CreateAccessKey", ["UserName": "alice"]) == nil)
        #expect(try await bench.store.accessKey(ids[0]) == nil)
    }

    @Test("a key is found under its own user alone")
    func ownership() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        try await bench.call("CreateUser", ["UserName": "bob"])
        try await bench.furnish(.otherRoot)
        let made = try await bench.call("CreateAccessKey", ["UserName": "alice"])
        let id = try #require(made["AccessKey"]?["AccessKeyId"]?.text)
        let absent = await bench.refusal("DeleteAccessKey", ["UserName": "bob", "UserAccessKeyId": id])
        #expect(absent?.status == 404 && absent?.code == "EntityNotExist.User.AccessKey")
        #expect(absent?.message == "The user access key does not exist.")
        for caller in [Caller.root(of: RAMBench.account, accessKeyID: "LTAI-test"), .otherRoot] {
            for user in caller.account == RAMBench.account ? ["bob", ""] : ["alice", ""] {
                let named: KeyValuePairs = ["UserName": user, "UserAccessKeyId": id, "Status": "Inactive"]
                #expect(await bench.code("UpdateAccessKey", named, as: caller) == "404 EntityNotExist.User.AccessKey")
                #expect(await bench.code("DeleteAccessKey", named, as: caller) == "404 EntityNotExist.User.AccessKey")
            }
        }
        #expect(try await bench.store.accessKey(id)?.isActive == true)
        #expect(await bench.code("CreateAccessKey", ["UserName": "nobody"]) == "404 EntityNotExist.User")
        #expect(await bench.code("ListAccessKeys", ["UserName": "nobody"]) == "404 EntityNotExist.User")
    }

    @Test("without UserName the account has its own keys, a user its own, and a session none")
    func ownKeys() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let root = try await bench.call("CreateAccessKey")["AccessKey"]?["AccessKeyId"]?.text
        let rootID = try #require(root)
        let rootKey = try #require(try await bench.store.accessKey(rootID))
        #expect(rootKey.identity == .root && rootKey.account == RAMBench.account)

        let id = try await bench.userID("alice")
        let actions = ["CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey"]
        let resource = "acs:ram::1000000000000001:user/alice"
        let alice = { (action: String) in Caller.user(id, "alice", LiteralAuthorizer("ram:\(action)", [resource])) }
        let made = try await bench.call("CreateAccessKey", as: alice("CreateAccessKey"))
        let own = try #require(made["AccessKey"]?["AccessKeyId"]?.text)
        #expect(try await bench.store.accessKey(own)?.identity == .user(id))
        let listed = try await bench.call("ListAccessKeys", as: alice("ListAccessKeys"))
        #expect(listed["AccessKeys"]?["AccessKey"]?.elements.map { $0["AccessKeyId"] } == [.text(own)])
        // The account's key is not the user's.
        #expect(
            await bench.code("DeleteAccessKey", ["UserAccessKeyId": rootKey.id], as: alice("DeleteAccessKey"))
                == "404 EntityNotExist.User.AccessKey"
        )
        let nobody = Caller.user(id, "alice", LiteralAuthorizer("", []))
        let key: KeyValuePairs = ["UserAccessKeyId": own, "Status": "Inactive"]
        for action in actions { #expect(await bench.code(action, key, as: nobody) == "403 NoPermission") }
        let role = try #require(RoleID("300000000000000000"))
        let session = Caller(
            account: RAMBench.account,
            identity: .session(role, session: "s"),
            principal: "role/auditor/s",
            accessKeyID: "STS.x",
            authorizer: RootAuthorizer()
        )
        for action in actions { #expect(await bench.code(action, key, as: session) == "400 MissingUserName") }
        #expect(try await bench.store.accessKey(own)?.isActive == true)
    }

    @Test("a user that was renamed since the key was looked up is asked about by the name of now")
    func renamedCaller() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let id = try await bench.userID("alice")
        try await bench.call("UpdateUser", ["UserName": "alice", "NewUserName": "mallory"])
        let named = LiteralAuthorizer("ram:CreateAccessKey", ["acs:ram::1000000000000001:user/alice"])
        #expect(await bench.code("CreateAccessKey", as: .user(id, "alice", named)) == "403 NoPermission")
    }
}
