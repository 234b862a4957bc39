import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("What RAM operations ask permission for")
struct RAMPermissionTests {
    /// Every operation, with the resources that the caller must be allowed it on.
    static let demands: KeyValuePairs<String, [String]> = [
        "CreateUser": ["acs:ram::1000000000000001:user/new"],
        "GetUser": ["acs:ram::1000000000000001:user/alice"],
        "UpdateUser": ["acs:ram::1000000000000001:user/alice", "acs:ram::1000000000000001:user/carol"],
        "ListUsers": ["acs:ram::1000000000000001:user/*"],
        "DeleteUser": ["acs:ram::1000000000000001:user/alice"],
        "CreateAccessKey": ["acs:ram::1000000000000001:user/alice"],
        "UpdateAccessKey": ["acs:ram::1000000000000001:user/alice"],
        "ListAccessKeys": ["acs:ram::1000000000000001:user/alice"],
        "DeleteAccessKey": ["acs:ram::1000000000000001:user/alice"],
        "CreatePolicy": ["acs:ram::1000000000000001:policy/New"],
        "GetPolicy": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "ListPolicies": ["acs:ram::1000000000000001:policy/*"],
        "DeletePolicy": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "CreatePolicyVersion": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "GetPolicyVersion": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "ListPolicyVersions": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "SetDefaultPolicyVersion": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "DeletePolicyVersion": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "AttachPolicyToUser": ["acs:ram::1000000000000001:user/alice", "acs:ram::1000000000000001:policy/ReadKeys"],
        "DetachPolicyFromUser": ["acs:ram::1000000000000001:user/alice", "acs:ram::1000000000000001:policy/ReadKeys"],
        "ListPoliciesForUser": ["acs:ram::1000000000000001:user/alice"],
        "ListEntitiesForPolicy": ["acs:ram::1000000000000001:policy/ReadKeys"],
        "CreateRole": ["acs:ram::1000000000000001:role/new"],
        "GetRole": ["acs:ram::1000000000000001:role/auditor"],
        "UpdateRole": ["acs:ram::1000000000000001:role/auditor"],
        "ListRoles": ["acs:ram::1000000000000001:role/*"],
        "DeleteRole": ["acs:ram::1000000000000001:role/auditor"],
        "AttachPolicyToRole": ["acs:ram::1000000000000001:role/auditor", "acs:ram::1000000000000001:policy/ReadKeys"],
        "DetachPolicyFromRole": [
            "acs:ram::1000000000000001:role/auditor", "acs:ram::1000000000000001:policy/ReadKeys",
        ],
        "ListPoliciesForRole": ["acs:ram::1000000000000001:role/auditor"],
    ]

    private func parameters(_ action: String) -> KeyValuePairs<String, String> {
        let isNew = action.hasPrefix("Create") && !["CreateAccessKey", "CreatePolicyVersion"].contains(action)
        return [
            "UserName": isNew ? "new" : "alice", "NewUserName": "carol", "RoleName": isNew ? "new" : "auditor",
            "PolicyName": isNew ? "New" : "ReadKeys", "PolicyType": "Custom", "PolicyDocument": Documents.useKeys,
            "AssumeRolePolicyDocument": Documents.trust, "VersionId": action == "DeletePolicyVersion" ? "v2" : "v1",
            "UserAccessKeyId": "LTAI-absent", "Status": "Inactive",
        ]
    }

    /// Somebody of the account who may do this on these resources, letter by letter.
    private func caller(_ action: String, _ resources: [String]) throws -> Caller {
        .user(try #require(UserID("400000000000000000")), "mallory", LiteralAuthorizer("ram:\(action)", resources))
    }

    @Test("every operation of the catalogue is here")
    func isWhole() async throws {
        #expect(try await RAMBench().catalogue.names == Self.demands.map(\.key).sorted())
    }

    @Test("an operation is permitted by its own name on all of its resources, and by nothing less")
    func demands() async throws {
        for (action, resources) in Self.demands {
            let bench = try await RAMBench()
            try await bench.furnish()
            let before = bench.store.readCount
            for missing in resources.indices {
                var some = resources
                some.remove(at: missing)
                let refusal = await bench.refusal(action, parameters(action), as: try caller(action, some))
                #expect(refusal?.status == 403 && refusal?.code == "NoPermission", "\(action)")
                #expect(refusal?.message.hasPrefix("You are not authorized to do this action.") == true)
                #expect(refusal?.message.contains(resources[missing]) == true, "\(action)")
            }
            // The keys' holder alone is looked up before.
            if !action.hasSuffix("AccessKey"), action != "ListAccessKeys" {
                #expect(bench.store.readCount == before, "\(action)")
            }
            let wrong = await bench.code(action, parameters(action), as: try caller("Get\(action)", resources))
            #expect(wrong == "403 NoPermission", "\(action)")
            let code = await bench.code(action, parameters(action), as: try caller(action, resources))
            #expect(code != "403 NoPermission", "\(action)")
            #expect(code == nil || code?.hasPrefix("404 ") == true, "\(action): \(code ?? "")")
        }
    }

    @Test("system policies are asked about as such")
    func systemPolicies() async throws {
        let policy = "acs:ram::system:policy/AliyunKMSFullAccess"
        let named: KeyValuePairs = [
            "PolicyType": "System", "PolicyName": "AliyunKMSFullAccess", "VersionId": "v1", "UserName": "alice",
            "RoleName": "auditor",
        ]
        for (action, others) in [
            ("GetPolicy", []), ("GetPolicyVersion", []), ("ListPolicyVersions", []),
            ("AttachPolicyToUser", ["acs:ram::1000000000000001:user/alice"]),
            ("DetachPolicyFromUser", ["acs:ram::1000000000000001:user/alice"]),
            ("AttachPolicyToRole", ["acs:ram::1000000000000001:role/auditor"]),
            ("DetachPolicyFromRole", ["acs:ram::1000000000000001:role/auditor"]),
        ] {
            let bench = try await RAMBench()
            try await bench.furnish()
            let wrong = others + ["acs:ram::1000000000000001:policy/AliyunKMSFullAccess"]
            #expect(await bench.code(action, named, as: try caller(action, wrong)) == "403 NoPermission")
            let code = await bench.code(action, named, as: try caller(action, others + [policy]))
            #expect(code == nil || code?.hasPrefix("404 ") == true, "\(action): \(code ?? "")")
        }
    }

    @Test("who may not ask is not told what exists")
    func existenceIsNotTold() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let nobody = try caller("", [])
        for (action, _) in Self.demands {
            let present = await bench.refusal(action, parameters(action), as: nobody)
            let absent = await bench.refusal(
                action,
                [
                    "UserName": "absent", "NewUserName": "carol", "RoleName": "absent", "PolicyName": "Absent",
                    "PolicyType": "Custom", "PolicyDocument": Documents.useKeys, "VersionId": "v9",
                    "AssumeRolePolicyDocument": Documents.trust, "UserAccessKeyId": "LTAI-x", "Status": "Active",
                ],
                as: nobody
            )
            #expect(present?.code == "NoPermission" && absent?.code == "NoPermission", "\(action)")
        }
    }
}
