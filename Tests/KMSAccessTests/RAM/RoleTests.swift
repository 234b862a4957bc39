import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("Roles")
struct RoleTests {
    @Test("a role is made, told of, changed, listed and deleted, with the documented fields each time")
    func life() async throws {
        let bench = try await RAMBench()
        let made = try await bench.call(
            "CreateRole",
            [
                "RoleName": "auditor", "AssumeRolePolicyDocument": Documents.trust, "Description": "looks",
                "MaxSessionDuration": "43200",
            ]
        )
        let id = try #require(made["Role"]?["RoleId"])
        var row: [String: Field] = [
            "RoleId": id, "RoleName": .text("auditor"), "Arn": .text("acs:ram::1000000000000001:role/auditor"),
            "Description": .text("looks"), "MaxSessionDuration": .number(43_200),
            "CreateDate": .text("2026-01-01T00:00:00Z"), "UpdateDate": .text("2026-01-01T00:00:00Z"),
        ]
        var whole = row
        whole["AssumeRolePolicyDocument"] = .text(Documents.trust)
        #expect(made == .object(["Role": .object(whole)]))
        #expect(try await bench.call("GetRole", ["RoleName": "auditor"]) == made)

        bench.clock.advance(seconds: 60)
        let updated = try await bench.call(
            "UpdateRole",
            [
                "RoleName": "auditor", "NewAssumeRolePolicyDocument": Documents.serviceTrust,
                "NewMaxSessionDuration": "3600", "NewDescription": "",
            ]
        )
        row["UpdateDate"] = .text("2026-01-01T00:01:00Z")
        row["Description"] = .text("")
        row["MaxSessionDuration"] = .number(3_600)
        whole = row
        whole["AssumeRolePolicyDocument"] = .text(Documents.serviceTrust)
        #expect(updated == .object(["Role": .object(whole)]))
        let listed = try await bench.call("ListRoles")
        let rows = Field.object(["Role": .list([.object(row)])])
        #expect(listed == .object(["Roles": rows, "IsTruncated": .boolean(false)]))

        #expect(try await bench.call("DeleteRole", ["RoleName": "auditor"]) == .object([:]))
        for action in ["GetRole", "UpdateRole", "DeleteRole"] {
            let refusal = await bench.refusal(action, ["RoleName": "auditor"])
            #expect(refusal?.status == 404 && refusal?.code == "EntityNotExist.Role")
            #expect(refusal?.message == "The role does not exist.")
        }
    }

    @Test("a session lasts an hour at most unless the role says otherwise")
    func defaultDuration() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let role = try await bench.call("GetRole", ["RoleName": "auditor"])["Role"]
        #expect(role?["MaxSessionDuration"] == .number(3_600))
    }

    @Test("an update that changes nothing does not end the role's sessions")
    func idleUpdate() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let name = try #require(RoleName("auditor"))
        let before = try await bench.store.role(named: name, in: RAMBench.account)
        bench.clock.advance(seconds: 60)
        try await bench.call(
            "UpdateRole",
            ["RoleName": "auditor", "NewAssumeRolePolicyDocument": Documents.trust, "NewMaxSessionDuration": "3600"]
        )
        #expect(try await bench.store.role(named: name, in: RAMBench.account) == before)
        try await bench.call("UpdateRole", ["RoleName": "auditor", "NewMaxSessionDuration": "3601"])
        let after = try await bench.store.role(named: name, in: RAMBench.account)
        #expect(after?.revision == before.map { $0.revision + 1 } && after?.maximumDuration == 3_601)
    }

    @Test("a role's name is taken once, and a role with policies is not deleted")
    func conflicts() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let role: KeyValuePairs = ["RoleName": "auditor", "AssumeRolePolicyDocument": Documents.trust]
        let exists = await bench.refusal("CreateRole", role)
        #expect(exists?.status == 409 && exists?.code == "EntityAlreadyExists.Role")
        #expect(exists?.message == "The role does already EXIST.")
        #expect(await bench.code("CreateRole", role, as: .otherRoot) == nil)
        let policy: KeyValuePairs = ["RoleName": "auditor", "PolicyType": "Custom", "PolicyName": "ReadKeys"]
        try await bench.call("AttachPolicyToRole", policy)
        let refusal = await bench.refusal("DeleteRole", ["RoleName": "auditor"])
        #expect(refusal?.status == 409 && refusal?.code == "DeleteConflict.Role.Policy")
        #expect(refusal?.message == "The role CAN NOT has any attached policy while deleting the role.")
        try await bench.call("DetachPolicyFromRole", policy)
        #expect(await bench.code("DeleteRole", ["RoleName": "auditor"]) == nil)
        #expect(await bench.code("GetRole", ["RoleName": "auditor"], as: .otherRoot) == nil)
    }

    @Test("no more roles than the limit are made")
    func limit() async throws {
        let bench = try await RAMBench()
        var steps: [Change.Step] = []
        for number in 0..<AccessLimits.roles {
            let id = try #require(RoleID(String(200_000_000_000_000_000 + number)))
            let name = try #require(RoleName("r\(number)"))
            let now = bench.clock.now()
            let role = Role(
                id: id,
                account: RAMBench.account,
                name: name,
                trustPolicy: Documents.trust,
                createdAt: now,
                updatedAt: now
            )
            steps.append(.access(.insertRole(role, limit: .max)))
        }
        try await bench.store.apply(Change(steps))
        let refusal = await bench.refusal(
            "CreateRole",
            ["RoleName": "more", "AssumeRolePolicyDocument": Documents.trust]
        )
        #expect(refusal?.status == 409 && refusal?.code == "LimitExceeded.Role")
        #expect(refusal?.message.hasPrefix("The count of roles beyond the current limits.") == true)
    }
}
