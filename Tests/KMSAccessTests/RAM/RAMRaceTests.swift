import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("RAM operations at the same time")
struct RAMRaceTests {
    /// What each of many simultaneous calls is answered with, nil for success.
    private func outcomes(
        _ count: Int,
        _ body: @escaping @Sendable (Int) async -> String?
    ) async -> [String?] {
        await withTaskGroup(of: String?.self) { group in
            for number in 0..<count { group.addTask { await body(number) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("of fifty who make the same user, role or policy one succeeds")
    func sameName() async throws {
        let bench = try await RAMBench()
        for (action, code) in [
            ("CreateUser", "409 EntityAlreadyExists.User"), ("CreateRole", "409 EntityAlreadyExists.Role"),
            ("CreatePolicy", "409 EntityAlreadyExists.Policy"),
        ] {
            let outcomes = await outcomes(50) { _ in
                await bench.code(
                    action,
                    [
                        "UserName": "a", "RoleName": "a", "AssumeRolePolicyDocument": Documents.trust,
                        "PolicyName": "a", "PolicyDocument": Documents.readKeys,
                    ]
                )
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.allSatisfy { $0 == nil || $0 == code })
        }
    }

    @Test("limits hold however many come at once")
    func limits() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let keys = await outcomes(50) { _ in await bench.code("CreateAccessKey", ["UserName": "alice"]) }
        #expect(keys.count { $0 == nil } == 2)
        #expect(keys.allSatisfy { $0 == nil || $0 == "409 LimitExceeded.User.AccessKey" })
        let held = try await bench.call("ListAccessKeys", ["UserName": "alice"])["AccessKeys"]?["AccessKey"]
        #expect(held?.elements.count == 2)

        let versions = await outcomes(8) { _ in
            await bench.code("CreatePolicyVersion", ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys])
        }
        #expect(versions.count { $0 == nil } == 4)
        #expect(versions.allSatisfy { $0 == nil || $0 == "409 LimitExceeded.Policy.Version" })
    }

    @Test("a user is not deleted from under a key or a policy, nor a policy from under a user")
    func deletions() async throws {
        for _ in 1...10 {
            let bench = try await RAMBench()
            try await bench.furnish()
            let policy: KeyValuePairs = ["UserName": "alice", "PolicyType": "Custom", "PolicyName": "ReadKeys"]
            let outcomes = await outcomes(12) { number in
                switch number % 4 {
                case 0: await bench.code("CreateAccessKey", ["UserName": "alice"])
                case 1: await bench.code("DeleteUser", ["UserName": "alice"])
                case 2: await bench.code("AttachPolicyToUser", policy)
                default: await bench.code("DeletePolicy", ["PolicyName": "ReadKeys"])
                }
            }
            let expected: Set = [
                nil, "404 EntityNotExist.User", "404 EntityNotExist.Policy", "409 DeleteConflict.User.AccessKey",
                "409 DeleteConflict.User.Policy", "409 DeleteConflict.Policy.User",
                "409 EntityAlreadyExists.User.Policy", "409 LimitExceeded.User.AccessKey",
            ]
            #expect(expected.isSuperset(of: outcomes))
            let name = try #require(UserName("alice"))
            let keys = try await bench.store.accessKeys(of: RAMBench.account)
            let user = try await bench.store.user(named: name, in: RAMBench.account)
            #expect(user != nil || keys.isEmpty)
            let reference = try #require(PolicyReference("Custom/ReadKeys"))
            let count = try await bench.store.attachmentCount(of: reference, in: RAMBench.account)
            let isThere = try await bench.store.policy(named: reference.name, in: RAMBench.account) != nil
            #expect((isThere && user != nil) || count == 0)
        }
    }

    @Test("changes of one user at once are all made, one after another")
    func updates() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let fields = ["NewDisplayName", "NewComments"]
        let outcomes = await outcomes(10) { number in
            await bench.code("UpdateUser", ["UserName": "alice", fields[number % 2]: "v\(number)"])
        }
        #expect(outcomes.allSatisfy { $0 == nil })
        let name = try #require(UserName("alice"))
        let user = try #require(try await bench.store.user(named: name, in: RAMBench.account))
        #expect(user.revision == 11 && user.displayName.hasPrefix("v") && user.comments.hasPrefix("v"))
    }
}
