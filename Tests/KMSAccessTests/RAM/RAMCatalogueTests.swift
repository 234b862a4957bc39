import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("RAM as a whole")
struct RAMCatalogueTests {
    /// Operations that change something, with parameters that they succeed with on a furnished bench.
    static let changes: [(action: String, parameters: KeyValuePairs<String, String>)] = [
        ("CreateUser", ["UserName": "new"]),
        ("UpdateUser", ["UserName": "alice", "NewComments": "new"]),
        ("DeleteUser", ["UserName": "alice"]),
        ("CreateAccessKey", ["UserName": "alice"]),
        ("UpdateAccessKey", ["UserAccessKeyId": "LTAI-own", "Status": "Inactive"]),
        ("DeleteAccessKey", ["UserAccessKeyId": "LTAI-own"]),
        ("CreatePolicy", ["PolicyName": "New", "PolicyDocument": Documents.useKeys]),
        ("DeletePolicy", ["PolicyName": "ReadKeys", "CascadingDelete": "true"]),
        ("CreatePolicyVersion", ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys]),
        ("SetDefaultPolicyVersion", ["PolicyName": "ReadKeys", "VersionId": "v2"]),
        ("DeletePolicyVersion", ["PolicyName": "ReadKeys", "VersionId": "v2"]),
        ("AttachPolicyToUser", ["UserName": "alice", "PolicyType": "Custom", "PolicyName": "ReadKeys"]),
        ("DetachPolicyFromUser", ["UserName": "bob", "PolicyType": "System", "PolicyName": "AliyunKMSFullAccess"]),
        ("CreateRole", ["RoleName": "new", "AssumeRolePolicyDocument": Documents.trust]),
        ("UpdateRole", ["RoleName": "auditor", "NewDescription": "new"]),
        ("DeleteRole", ["RoleName": "auditor"]),
        ("AttachPolicyToRole", ["RoleName": "auditor", "PolicyType": "Custom", "PolicyName": "ReadKeys"]),
        ("DetachPolicyFromRole", ["RoleName": "busy", "PolicyType": "System", "PolicyName": "AliyunKMSFullAccess"]),
    ]

    /// A bench on which each of ``changes`` succeeds.
    static func bench() async throws -> RAMBench {
        let bench = try await RAMBench()
        try await bench.furnish()
        try await bench.call("CreatePolicyVersion", ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys])
        try await bench.call("CreateUser", ["UserName": "bob"])
        try await bench.call("CreateRole", ["RoleName": "busy", "AssumeRolePolicyDocument": Documents.trust])
        let policy: KeyValuePairs = [
            "UserName": "bob", "RoleName": "busy", "PolicyType": "System", "PolicyName": "AliyunKMSFullAccess",
        ]
        try await bench.call("AttachPolicyToUser", policy)
        try await bench.call("AttachPolicyToRole", policy)
        let own = AccessKey(
            id: "LTAI-own",
            account: RAMBench.account,
            identity: .root,
            isActive: true,
            createdAt: bench.clock.now(),
            sealedSecret: [1]
        )
        try await bench.store.apply(Change([.access(.insertAccessKey(own, limit: nil))]))
        return bench
    }

    @Test("the catalogue has these operations and no other")
    func names() async throws {
        let catalogue = try await RAMBench().catalogue
        #expect(catalogue.version == "2015-05-01")
        #expect(
            catalogue.names == [
                "AttachPolicyToRole", "AttachPolicyToUser", "CreateAccessKey", "CreatePolicy", "CreatePolicyVersion",
                "CreateRole", "CreateUser", "DeleteAccessKey", "DeletePolicy", "DeletePolicyVersion", "DeleteRole",
                "DeleteUser", "DetachPolicyFromRole", "DetachPolicyFromUser", "GetPolicy", "GetPolicyVersion",
                "GetRole", "GetUser", "ListAccessKeys", "ListEntitiesForPolicy", "ListPolicies", "ListPoliciesForRole",
                "ListPoliciesForUser",
                "ListPolicyVersions", "ListRoles", "ListUsers", "SetDefaultPolicyVersion", "UpdateAccessKey",
                "UpdateRole", "UpdateUser",
            ]
        )
    }

    @Test("a change that is only to be checked is not made, and the same change then is")
    func dryRun() async throws {
        for (action, parameters) in Self.changes {
            let bench = try await Self.bench()
            let refusal = await bench.refusal(action, parameters, isDryRun: true)
            #expect(refusal?.code == "DryRunOperationError", "\(action)")
            #expect(await bench.code(action, parameters) == nil, "\(action)")
        }
        let bench = try await Self.bench()
        #expect(await bench.refusal("GetUser", ["UserName": "alice"], isDryRun: true)?.code == "DryRunOperationError")
        #expect(await bench.refusal("GetUser", ["UserName": "x"], isDryRun: true)?.code == "EntityNotExist.User")
        let taken = await bench.refusal("CreateUser", ["UserName": "nobody", "Email": "x"], isDryRun: true)
        #expect(taken?.code == "InvalidParameter.Email.Format")
    }

    @Test("every change leaves its request's mark, and is refused when it is sent again")
    func replay() async throws {
        for (action, parameters) in Self.changes {
            let bench = try await Self.bench()
            let digest = UUIDBytes(high: 1, low: 2)
            let mark = ReplayMark(digest: digest, account: RAMBench.account, timestamp: bench.clock.now())
            #expect(await bench.refusal(action, parameters, replay: mark) == nil, "\(action)")
            let other = await bench.refusal("CreateUser", ["UserName": "replayed"], replay: mark)
            #expect(other?.code == "SignatureNonceUsed", "\(action)")
        }
        // One that finds nothing to change as well.
        let bench = try await Self.bench()
        let mark = ReplayMark(digest: .zero, account: RAMBench.account, timestamp: bench.clock.now())
        let idle: KeyValuePairs = ["UserAccessKeyId": "LTAI-own", "Status": "Active"]
        #expect(await bench.refusal("UpdateAccessKey", idle, replay: mark) == nil)
        #expect(await bench.refusal("UpdateAccessKey", idle, replay: mark)?.code == "SignatureNonceUsed")
    }

    @Test("every change is recorded in its own transaction, with the resources that were tested")
    func records() async throws {
        for (action, parameters) in Self.changes {
            let bench = try await Self.bench()
            #expect(await bench.code(action, parameters) == nil)
            let record = try #require(bench.audit.records.last)
            #expect(record.action == action && record.outcome == .success && record.principal == "root")
            #expect(!record.resources.isEmpty, "\(action)")
            #expect(record.resources.allSatisfy { $0.hasPrefix("acs:ram::") })
            #expect(try await bench.store.unacknowledgedAuditLines().isEmpty)
        }
    }

    @Test("a store that does not work is no crash: 503 where nothing was done, else 500")
    func failingStore() async throws {
        for action in try await RAMBench().catalogue.names {
            let bench = try await Self.bench()
            bench.store.fail(with: .unavailable("the disk is gone"))
            let refusal = try #require(
                await bench.refusal(
                    action,
                    [
                        "UserName": "alice", "RoleName": "auditor", "PolicyType": "Custom", "PolicyName": "ReadKeys",
                        "PolicyDocument": Documents.useKeys, "AssumeRolePolicyDocument": Documents.trust,
                        "VersionId": "v1", "UserAccessKeyId": "LTAI-own", "Status": "Inactive",
                    ]
                )
            )
            if ["CreateUser", "CreatePolicy", "CreateRole"].contains(action) {
                #expect(refusal.status == 500 && refusal.code == "InternalError", "\(action)")
                #expect(refusal.message == "An internal error occurred.")
            } else {
                #expect(refusal.status == 503 && refusal.code == "ServiceUnavailableTemporary", "\(action)")
            }
            #expect(refusal.cause?.contains("the disk is gone") == true && !refusal.message.contains("disk"))
        }
    }
}
