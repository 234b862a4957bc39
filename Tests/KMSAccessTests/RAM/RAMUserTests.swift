import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("Users")
struct RAMUserTests {
    @Test("a user is made, told of, changed, listed and deleted, with the documented fields each time")
    func life() async throws {
        let bench = try await RAMBench()
        let details: KeyValuePairs = [
            "UserName": "alice.b_c-1", "DisplayName": "Alice 爱丽丝", "MobilePhone": "86-18600000000",
            "Email": "alice@example.com", "Comments": "one\ntwo",
        ]
        let made = try #require(try await bench.call("CreateUser", details)["User"])
        let id = try #require(made["UserId"]?.text)
        let told: [String: Field] = [
            "UserId": .text(id), "UserName": .text("alice.b_c-1"), "DisplayName": .text("Alice 爱丽丝"),
            "MobilePhone": .text("86-18600000000"), "Email": .text("alice@example.com"),
            "Comments": .text("one\ntwo"), "CreateDate": .text("2026-01-01T00:00:00Z"),
        ]
        #expect(made == .object(told))
        #expect(id.utf8.count == 18 && id.utf8.allSatisfy { (0x30...0x39).contains($0) })

        var more = told
        more["UpdateDate"] = .text("2026-01-01T00:00:00Z")
        let listed = try await bench.call("ListUsers")
        #expect(
            listed
                == .object(["Users": .object(["User": .list([.object(more)])]), "IsTruncated": .boolean(false)])
        )
        more["LastLoginDate"] = .text("")
        #expect(try await bench.call("GetUser", ["UserName": "alice.b_c-1"]) == .object(["User": .object(more)]))

        bench.clock.advance(seconds: 60)
        let updated = try await bench.call(
            "UpdateUser",
            ["UserName": "alice.b_c-1", "NewEmail": "", "NewComments": "x"]
        )
        var changed = told
        changed["Email"] = .text("")
        changed["Comments"] = .text("x")
        changed["UpdateDate"] = .text("2026-01-01T00:01:00Z")
        #expect(updated == .object(["User": .object(changed)]))

        #expect(try await bench.call("DeleteUser", ["UserName": "alice.b_c-1"]) == .object([:]))
        #expect(await bench.code("GetUser", ["UserName": "alice.b_c-1"]) == "404 EntityNotExist.User")
    }

    @Test("a rename keeps id, access keys and policies, and frees the old name")
    func rename() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let id = try await bench.userID("alice")
        let key = try await bench.call("CreateAccessKey", ["UserName": "alice"])["AccessKey"]?["AccessKeyId"]
        try await bench.call(
            "AttachPolicyToUser",
            ["UserName": "alice", "PolicyType": "Custom", "PolicyName": "ReadKeys"]
        )
        try await bench.call("UpdateUser", ["UserName": "alice", "NewUserName": "bob"])
        #expect(try await bench.userID("bob") == id)
        let keys = try await bench.call("ListAccessKeys", ["UserName": "bob"])["AccessKeys"]?["AccessKey"]
        #expect(keys?[0]?["AccessKeyId"] == key)
        let policies = try await bench.call("ListPoliciesForUser", ["UserName": "bob"])["Policies"]?["Policy"]
        #expect(policies?[0]?["PolicyName"] == .text("ReadKeys"))
        #expect(await bench.code("GetUser", ["UserName": "alice"]) == "404 EntityNotExist.User")
        #expect(await bench.code("CreateUser", ["UserName": "alice"]) == nil)
        #expect(
            await bench.code("UpdateUser", ["UserName": "bob", "NewUserName": "alice"])
                == "409 EntityAlreadyExists.User"
        )
        #expect(
            await bench.code("UpdateUser", ["UserName": "nobody", "NewUserName": "carol"])
                == "404 EntityNotExist.User"
        )
    }

    @Test("an update that changes nothing leaves the user as it is")
    func idleUpdate() async throws {
        let bench = try await RAMBench()
        let details: KeyValuePairs = ["UserName": "alice", "Comments": "caf\u{E9}"]
        try await bench.call("CreateUser", details)
        bench.clock.advance(seconds: 60)
        let same = try await bench.call(
            "UpdateUser",
            ["UserName": "alice", "NewComments": "caf\u{E9}", "NewUserName": "alice"]
        )
        #expect(same["User"]?["UpdateDate"] == .text("2026-01-01T00:00:00Z"))
        // Swift holds both spellings for equal; they are other bytes.
        let other = try await bench.call("UpdateUser", ["UserName": "alice", "NewComments": "cafe\u{301}"])
        #expect(other["User"]?["UpdateDate"] == .text("2026-01-01T00:01:00Z"))
    }

    @Test("names differ by their case, and are taken once in an account and free in every other")
    func names() async throws {
        let bench = try await RAMBench()
        try await bench.call("CreateUser", ["UserName": "alice", "Comments": "mine"])
        let refusal = await bench.refusal("CreateUser", ["UserName": "alice"])
        #expect(refusal?.status == 409 && refusal?.code == "EntityAlreadyExists.User")
        #expect(refusal?.message == "The user does already EXIST.")
        #expect(await bench.code("CreateUser", ["UserName": "Alice"]) == nil)
        #expect(await bench.code("GetUser", ["UserName": "alice"], as: .otherRoot) == "404 EntityNotExist.User")
        #expect(await bench.code("DeleteUser", ["UserName": "alice"], as: .otherRoot) == "404 EntityNotExist.User")
        try await bench.call("CreateUser", ["UserName": "alice", "Comments": "theirs"], as: .otherRoot)
        let mine = try await bench.call("GetUser", ["UserName": "alice"])["User"]
        let theirs = try await bench.call("GetUser", ["UserName": "alice"], as: .otherRoot)["User"]
        #expect(mine?["Comments"] == .text("mine") && theirs?["Comments"] == .text("theirs"))
        #expect(mine?["UserId"] != theirs?["UserId"])
        let listed = try await bench.call("ListUsers", as: .otherRoot)["Users"]?["User"]?.elements
        #expect(listed?.map { $0["Comments"] } == [.text("theirs")])
    }

    @Test("a user with access keys or policies is not deleted")
    func deleteConflicts() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let key = try await bench.call("CreateAccessKey", ["UserName": "alice"])["AccessKey"]?["AccessKeyId"]?.text
        let keyID = try #require(key)
        let policy: KeyValuePairs = ["UserName": "alice", "PolicyType": "System", "PolicyName": "AliyunKMSFullAccess"]
        try await bench.call("AttachPolicyToUser", policy)

        let hasKey = await bench.refusal("DeleteUser", ["UserName": "alice"])
        #expect(hasKey?.status == 409 && hasKey?.code == "DeleteConflict.User.AccessKey")
        #expect(hasKey?.message == "The user CAN NOT has any access key while deleting the user.")
        try await bench.call("DeleteAccessKey", ["UserName": "alice", "UserAccessKeyId": keyID])

        let hasPolicy = await bench.refusal("DeleteUser", ["UserName": "alice"])
        #expect(hasPolicy?.status == 409 && hasPolicy?.code == "DeleteConflict.User.Policy")
        #expect(hasPolicy?.message == "The user CAN NOT has any attached policy while deleting the user.")
        try await bench.call("DetachPolicyFromUser", policy)
        #expect(await bench.code("DeleteUser", ["UserName": "alice"]) == nil)
    }

    @Test("no more users than the limit are made")
    func limit() async throws {
        let bench = try await RAMBench()
        var steps: [Change.Step] = []
        for number in 0..<AccessLimits.users {
            let id = try #require(UserID(String(200_000_000_000_000_000 + number)))
            let name = try #require(UserName("user-\(number)"))
            let user = User(
                id: id,
                account: RAMBench.account,
                name: name,
                createdAt: bench.clock.now(),
                updatedAt: bench.clock.now()
            )
            steps.append(.access(.insertUser(user, limit: .max)))
        }
        try await bench.store.apply(Change(steps))
        let refusal = await bench.refusal("CreateUser", ["UserName": "one-more"])
        #expect(refusal?.status == 409 && refusal?.code == "LimitExceeded.User")
        #expect(refusal?.message.hasPrefix("The count of users beyond the current limits.") == true)
        #expect(await bench.code("CreateUser", ["UserName": "one-more"], as: .otherRoot) == nil)
        #expect(await bench.code("DeleteUser", ["UserName": "user-7"]) == nil)
        #expect(await bench.code("CreateUser", ["UserName": "one-more"]) == nil)
    }
}
