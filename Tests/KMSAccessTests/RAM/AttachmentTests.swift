import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("Attached policies")
struct AttachmentTests {
    /// Users and roles have policies alike.
    enum Kind: String, CaseIterable {
        case user = "User"
        case role = "Role"

        var named: String { self == .user ? "alice" : "auditor" }
        var attach: String { "AttachPolicyTo\(rawValue)" }
        var detach: String { "DetachPolicyFrom\(rawValue)" }
        var list: String { "ListPoliciesFor\(rawValue)" }
        var word: String { rawValue.lowercased() }

        func policy(_ name: String, _ type: String = "Custom", of grantee: String? = nil) -> KeyValuePairs<
            String, String
        > {
            ["\(rawValue)Name": grantee ?? named, "PolicyType": type, "PolicyName": name]
        }
    }

    @Test("policies of both types are attached, listed in that order, and detached", arguments: Kind.allCases)
    func life(_ kind: Kind) async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        #expect(try await bench.call(kind.attach, kind.policy("ReadKeys")) == .object([:]))
        bench.clock.advance(seconds: 1)
        #expect(try await bench.call(kind.attach, kind.policy("AliyunKMSFullAccess", "System")) == .object([:]))
        let listed = try await bench.call(kind.list, ["\(kind.rawValue)Name": kind.named])
        let rows = try #require(listed["Policies"]?["Policy"]?.elements)
        let own = Field.object([
            "PolicyName": .text("ReadKeys"), "PolicyType": .text("Custom"), "Description": .text(""),
            "DefaultVersion": .text("v1"), "AttachDate": .text("2026-01-01T00:00:00Z"),
        ])
        #expect(rows.count == 2 && rows[0] == own)
        #expect(rows[1]["PolicyName"] == .text("AliyunKMSFullAccess") && rows[1]["PolicyType"] == .text("System"))
        #expect(rows[1]["AttachDate"] == .text("2026-01-01T00:00:01Z"))
        for policy in ["ReadKeys", "AliyunKMSFullAccess"] {
            let type = policy == "ReadKeys" ? "Custom" : "System"
            let told = try await bench.call("GetPolicy", ["PolicyType": type, "PolicyName": policy])["Policy"]
            #expect(told?["AttachmentCount"] == .number(1))
            #expect(try await bench.call(kind.detach, kind.policy(policy, type)) == .object([:]))
        }
        let empty = try await bench.call(kind.list, ["\(kind.rawValue)Name": kind.named])
        #expect(empty == .object(["Policies": .object(["Policy": .list([])])]))
    }

    @Test("what is attached already, or not at all, or to nobody, is told", arguments: Kind.allCases)
    func refusals(_ kind: Kind) async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let absent = await bench.refusal(kind.detach, kind.policy("ReadKeys"))
        #expect(absent?.status == 404 && absent?.code == "EntityNotExist.\(kind.rawValue).Policy")
        #expect(absent?.message == "The indicate policy of the \(kind.word) does not exist.")
        try await bench.call(kind.attach, kind.policy("ReadKeys"))
        let twice = await bench.refusal(kind.attach, kind.policy("ReadKeys"))
        #expect(twice?.status == 409 && twice?.code == "EntityAlreadyExists.\(kind.rawValue).Policy")
        #expect(twice?.message == "The \(kind.word) has already been attached this policy.")
        for action in [kind.attach, kind.detach] {
            let nobody = await bench.refusal(action, kind.policy("ReadKeys", of: "nobody"))
            #expect(nobody?.status == 404 && nobody?.code == "EntityNotExist.\(kind.rawValue)")
            #expect(nobody?.message == "The \(kind.word) does not exist.")
        }
        #expect(
            await bench.code(kind.list, ["\(kind.rawValue)Name": "nobody"])
                == "404 EntityNotExist.\(kind.rawValue)"
        )
        #expect(await bench.code(kind.attach, kind.policy("NoSuch", "System")) == "404 EntityNotExist.Policy")
        #expect(await bench.code(kind.attach, kind.policy("ReadKeys", "System")) == "404 EntityNotExist.Policy")
    }

    @Test("a policy that somebody has is not deleted", arguments: Kind.allCases)
    func policyInUse(_ kind: Kind) async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        try await bench.call(kind.attach, kind.policy("ReadKeys"))
        for cascading in ["false", "true"] {
            let refusal = await bench.refusal("DeletePolicy", ["PolicyName": "ReadKeys", "CascadingDelete": cascading])
            #expect(refusal?.status == 409 && refusal?.code == "DeleteConflict.Policy.\(kind.rawValue)")
            #expect(
                refusal?.message
                    == "The policy CAN NOT been attached to any \(kind.word) while deleting the policy."
            )
        }
        try await bench.call(kind.detach, kind.policy("ReadKeys"))
        #expect(await bench.code("DeletePolicy", ["PolicyName": "ReadKeys"]) == nil)
    }

    @Test("a policy tells who has it", arguments: PolicyType.allCases)
    func entities(_ type: PolicyType) async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let name = type == .custom ? "ReadKeys" : "AliyunKMSFullAccess"
        let policy: KeyValuePairs = ["PolicyType": type.rawValue, "PolicyName": name]
        var (users, roles): ([Field], [Field]) = ([], [])
        func told() -> Field {
            .object([
                "Users": .object(["User": .list(users)]), "Groups": .object(["Group": .list([])]),
                "Roles": .object(["Role": .list(roles)]),
            ])
        }
        #expect(try await bench.call("ListEntitiesForPolicy", policy) == told())
        for kind in Kind.allCases { try await bench.call(kind.attach, kind.policy(name, type.rawValue)) }
        let user = try await bench.call("GetUser", ["UserName": "alice"])["User"]
        let role = try await bench.call("GetRole", ["RoleName": "auditor"])["Role"]
        let date = Field.text("2026-01-01T00:00:00Z")
        users = [
            .object([
                "UserId": try #require(user?["UserId"]), "UserName": .text("alice"), "DisplayName": .text(""),
                "AttachDate": date,
            ])
        ]
        roles = [
            .object([
                "RoleId": try #require(role?["RoleId"]), "RoleName": .text("auditor"), "Description": .text(""),
                "Arn": .text("acs:ram::1000000000000001:role/auditor"), "AttachDate": date,
            ])
        ]
        #expect(try await bench.call("ListEntitiesForPolicy", policy) == told())
        (users, roles) = ([], [])
        let other = await bench.code("ListEntitiesForPolicy", policy, as: .otherRoot)
        #expect(other == (type == .custom ? "404 EntityNotExist.Policy" : nil))
        // A user's policy is told first, be there roles besides.
        if type == .custom {
            #expect(await bench.code("DeletePolicy", ["PolicyName": name]) == "409 DeleteConflict.Policy.User")
        }
    }

    @Test("twenty policies of each type are the most", arguments: Kind.allCases)
    func limit(_ kind: Kind) async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        for number in 1...AccessLimits.policiesPerGrantee {
            try await bench.call("CreatePolicy", ["PolicyName": "P\(number)", "PolicyDocument": Documents.readKeys])
            try await bench.call(kind.attach, kind.policy("P\(number)"))
        }
        let refusal = await bench.refusal(kind.attach, kind.policy("ReadKeys"))
        #expect(refusal?.status == 409 && refusal?.code == "LimitExceeded.\(kind.rawValue).Policy")
        let counted =
            kind == .user
            ? "The policy count of the user attached policies" : "The count of policies attached to the role"
        #expect(refusal?.message.hasPrefix("\(counted) beyond the current limits.") == true)
        #expect(await bench.code(kind.attach, kind.policy("AliyunKMSFullAccess", "System")) == nil)
        #expect(await bench.code(kind.detach, kind.policy("P7")) == nil)
        #expect(await bench.code(kind.attach, kind.policy("ReadKeys")) == nil)
    }

    @Test("a system policy that a later server had can still be taken away")
    func unknownSystemPolicy() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let name = try #require(PolicyName("AliyunLaterAccess"))
        let attachment = PolicyAttachment(
            grantee: .user(try await bench.userID("alice")),
            account: RAMBench.account,
            policy: PolicyReference(type: .system, name: name),
            attachedAt: bench.clock.now()
        )
        try await bench.store.apply(Change([.access(.attach(attachment, limit: 20))]))
        let named = Kind.user.policy("AliyunLaterAccess", "System")
        let listed = try await bench.call("ListPoliciesForUser", ["UserName": "alice"])["Policies"]?["Policy"]
        #expect(listed?[0]?["PolicyName"] == .text("AliyunLaterAccess"))
        #expect(await bench.code("DeleteUser", ["UserName": "alice"]) == "409 DeleteConflict.User.Policy")
        #expect(await bench.code("DetachPolicyFromUser", named) == nil)
        #expect(await bench.code("DetachPolicyFromUser", named) == "404 EntityNotExist.Policy")
    }
}
