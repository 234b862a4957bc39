import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@Suite("Policies")
struct PolicyTests {
    private let created = Field.text("2026-01-01T00:00:00Z")

    @Test("a policy is made, told of, listed and deleted, and its document comes back as it was given")
    func life() async throws {
        let bench = try await RAMBench()
        let made = try await bench.call(
            "CreatePolicy",
            ["PolicyName": "Use-Keys", "PolicyDocument": Documents.useKeys, "Description": "to encrypt"]
        )
        var told: [String: Field] = [
            "PolicyName": .text("Use-Keys"), "PolicyType": .text("Custom"), "Description": .text("to encrypt"),
            "DefaultVersion": .text("v1"), "CreateDate": created,
        ]
        #expect(made == .object(["Policy": .object(told)]))

        let named: KeyValuePairs = ["PolicyType": "Custom", "PolicyName": "Use-Keys"]
        told["UpdateDate"] = created
        told["AttachmentCount"] = .number(0)
        let version = Field.object([
            "VersionId": .text("v1"), "IsDefaultVersion": .boolean(true), "CreateDate": created,
            "PolicyDocument": .text(Documents.useKeys),
        ])
        #expect(
            try await bench.call("GetPolicy", named)
                == .object(["Policy": .object(told), "DefaultPolicyVersion": version])
        )
        let listed = try await bench.call("ListPolicies", ["PolicyType": "Custom"])
        let rows = Field.object(["Policy": .list([.object(told)])])
        #expect(listed == .object(["Policies": rows, "IsTruncated": .boolean(false)]))
        #expect(
            try await bench.call("ListPolicyVersions", named)
                == .object(["PolicyVersions": .object(["PolicyVersion": .list([version])])])
        )
        #expect(try await bench.call("DeletePolicy", ["PolicyName": "Use-Keys"]) == .object([:]))
        #expect(await bench.code("GetPolicy", named) == "404 EntityNotExist.Policy")
    }

    @Test("versions are added, chosen and deleted, and a number is never given twice")
    func versions() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let named: KeyValuePairs = ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys]
        let second = try await bench.call("CreatePolicyVersion", named)
        let expected: [String: Field] = [
            "VersionId": .text("v2"), "IsDefaultVersion": .boolean(false), "CreateDate": created,
            "PolicyDocument": .text(Documents.useKeys),
        ]
        #expect(second == .object(["PolicyVersion": .object(expected)]))
        #expect(try await numbers(bench) == ["v1*", "v2"])

        #expect(
            try await bench.call("SetDefaultPolicyVersion", ["PolicyName": "ReadKeys", "VersionId": "v2"])
                == .object([:])
        )
        let whole = try await bench.call("GetPolicy", ["PolicyType": "Custom", "PolicyName": "ReadKeys"])
        #expect(whole["Policy"]?["DefaultVersion"] == .text("v2"))
        #expect(whole["DefaultPolicyVersion"]?["PolicyDocument"] == .text(Documents.useKeys))
        let first = try await bench.call(
            "GetPolicyVersion",
            ["PolicyType": "Custom", "PolicyName": "ReadKeys", "VersionId": "v1"]
        )
        #expect(first["PolicyVersion"]?["IsDefaultVersion"] == .boolean(false))
        #expect(first["PolicyVersion"]?["PolicyDocument"] == .text(Documents.readKeys))

        let third = try await bench.call(
            "CreatePolicyVersion",
            ["PolicyName": "ReadKeys", "PolicyDocument": Documents.readKeys, "SetAsDefault": "true"]
        )
        #expect(third["PolicyVersion"]?["IsDefaultVersion"] == .boolean(true))
        #expect(try await numbers(bench) == ["v1", "v2", "v3*"])
        try await bench.call("SetDefaultPolicyVersion", ["PolicyName": "ReadKeys", "VersionId": "v1"])
        try await bench.call("DeletePolicyVersion", ["PolicyName": "ReadKeys", "VersionId": "v3"])
        #expect(try await bench.call("CreatePolicyVersion", named)["PolicyVersion"]?["VersionId"] == .text("v4"))
        #expect(try await numbers(bench) == ["v1*", "v2", "v4"])
    }

    @Test("five versions are the most; the rotation takes the oldest that does not count")
    func versionLimit() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let more: KeyValuePairs = ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys]
        for _ in 2...5 { try await bench.call("CreatePolicyVersion", more) }
        for strategy in ["", "None"] {
            let refusal = await bench.refusal(
                "CreatePolicyVersion",
                ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys, "RotateStrategy": strategy]
            )
            #expect(refusal?.status == 409 && refusal?.code == "LimitExceeded.Policy.Version")
            #expect(refusal?.message.hasPrefix("The count of policy version beyond the current limits.") == true)
        }
        try await bench.call(
            "CreatePolicyVersion",
            [
                "PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys,
                "RotateStrategy": "DeleteOldestNonDefaultVersionWhenLimitExceeded",
            ]
        )
        #expect(try await numbers(bench) == ["v1*", "v3", "v4", "v5", "v6"])
        try await bench.call(
            "CreatePolicyVersion",
            [
                "PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys, "SetAsDefault": "true",
                "RotateStrategy": "DeleteOldestNonDefaultVersionWhenLimitExceeded",
            ]
        )
        #expect(try await numbers(bench) == ["v1", "v4", "v5", "v6", "v7*"])
    }

    @Test("a policy with further versions is deleted only in cascade")
    func cascade() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        try await bench.call("CreatePolicyVersion", ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys])
        for cascading in ["", "false"] {
            let refusal = await bench.refusal("DeletePolicy", ["PolicyName": "ReadKeys", "CascadingDelete": cascading])
            #expect(refusal?.status == 409 && refusal?.code == "DeleteConflict.Policy.Version")
            #expect(refusal?.message == "The policy CAN NOT has any version except the default version.")
        }
        #expect(await bench.code("DeletePolicy", ["PolicyName": "ReadKeys", "CascadingDelete": "true"]) == nil)
        #expect(await bench.code("DeletePolicy", ["PolicyName": "ReadKeys"]) == "404 EntityNotExist.Policy")
    }

    @Test("what is not there, and what may not go, is told by its code and message")
    func refusals() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let exists = await bench.refusal(
            "CreatePolicy",
            ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys]
        )
        #expect(exists?.status == 409 && exists?.code == "EntityAlreadyExists.Policy")
        #expect(exists?.message == "The policy does already EXIST.")
        let isDefault = await bench.refusal("DeletePolicyVersion", ["PolicyName": "ReadKeys", "VersionId": "v1"])
        #expect(isDefault?.status == 409 && isDefault?.code == "DeleteConflict.Policy.Version.Default")
        #expect(isDefault?.message == "The default policy version CAN NOT been deleted directly.")
        for action in ["GetPolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"] {
            let version = ["PolicyType": "Custom", "PolicyName": "ReadKeys", "VersionId": "v2"] as KeyValuePairs
            let refusal = await bench.refusal(action, version)
            #expect(refusal?.status == 404 && refusal?.code == "EntityNotExist.Policy.Version", "\(action)")
            #expect(refusal?.message == "The policy version does not exist.")
        }
        let absent: KeyValuePairs = [
            "PolicyType": "Custom", "PolicyName": "Absent", "VersionId": "v1", "PolicyDocument": Documents.useKeys,
            "UserName": "alice", "RoleName": "auditor",
        ]
        for action in [
            "GetPolicy", "DeletePolicy", "CreatePolicyVersion", "GetPolicyVersion", "ListPolicyVersions",
            "SetDefaultPolicyVersion", "DeletePolicyVersion", "AttachPolicyToUser", "DetachPolicyFromUser",
            "AttachPolicyToRole", "DetachPolicyFromRole",
        ] {
            let refusal = await bench.refusal(action, absent)
            #expect(refusal?.status == 404 && refusal?.code == "EntityNotExist.Policy", "\(action)")
            #expect(refusal?.message == "The policy does not exist.")
        }
    }

    @Test("system policies are told of and never changed")
    func systemPolicies() async throws {
        let bench = try await RAMBench()
        for policy in SystemPolicies.all {
            let named: KeyValuePairs = ["PolicyType": "System", "PolicyName": policy.name, "VersionId": "v1"]
            let whole = try await bench.call("GetPolicy", named)
            #expect(whole["Policy"]?["PolicyType"] == .text("System"))
            #expect(whole["DefaultPolicyVersion"]?["PolicyDocument"] == .text(policy.document))
            let version = try await bench.call("GetPolicyVersion", named)["PolicyVersion"]
            #expect(version == whole["DefaultPolicyVersion"])
            let listed = try await bench.call("ListPolicyVersions", named)["PolicyVersions"]?["PolicyVersion"]
            #expect(try listed == .list([#require(version)]))
            for action in ["DeletePolicy", "SetDefaultPolicyVersion", "DeletePolicyVersion"] {
                #expect(await bench.code(action, named) == "404 EntityNotExist.Policy")
            }
            let document: KeyValuePairs = ["PolicyName": policy.name, "PolicyDocument": Documents.useKeys]
            #expect(await bench.code("CreatePolicyVersion", document) == "404 EntityNotExist.Policy")
        }
        // A policy of the account's own may have such a name; it is another policy.
        try await bench.call(
            "CreatePolicy",
            ["PolicyName": "AliyunKMSFullAccess", "PolicyDocument": Documents.readKeys]
        )
        let own = try await bench.call("GetPolicy", ["PolicyType": "Custom", "PolicyName": "AliyunKMSFullAccess"])
        #expect(own["DefaultPolicyVersion"]?["PolicyDocument"] == .text(Documents.readKeys))
        #expect(
            await bench.code("GetPolicy", ["PolicyType": "System", "PolicyName": "ReadKeys"])
                == "404 EntityNotExist.Policy"
        )
    }

    @Test("documents that the engine does not understand are refused with what is wrong")
    func malformedDocuments() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        for (action, parameter) in [
            ("CreatePolicy", "PolicyDocument"), ("CreatePolicyVersion", "PolicyDocument"),
            ("CreateRole", "AssumeRolePolicyDocument"), ("UpdateRole", "NewAssumeRolePolicyDocument"),
        ] {
            for document in [Documents.malformed, "{", "nonsense", "[]"] {
                let refusal = await bench.refusal(
                    action,
                    ["PolicyName": "ReadKeys", "RoleName": "auditor", parameter: document]
                )
                #expect(refusal?.status == 400 && refusal?.code == "MalformedPolicyDocument", "\(action) \(document)")
                #expect(refusal?.message.isEmpty == false)
            }
            let long = "{" + String(repeating: " ", count: AccessLimits.document) + "}"
            let refusal = await bench.refusal(action, ["PolicyName": "New", "RoleName": "auditor", parameter: long])
            #expect(refusal?.code == "InvalidParameter.\(parameter).Length")
            #expect(refusal?.message == "The parameter - \"\(parameter)\" beyond the length limit.")
        }
        #expect(try await numbers(bench) == ["v1*"])
    }

    @Test("no more policies than the limit are made")
    func limit() async throws {
        let bench = try await RAMBench()
        let ids = FixedIDs(series: 7)
        var steps: [Change.Step] = []
        for number in 0..<AccessLimits.policies {
            let name = try #require(PolicyName("p\(number)"))
            let now = bench.clock.now()
            let policy = Policy(id: ids.next(), account: RAMBench.account, name: name, createdAt: now, updatedAt: now)
            let version = PolicyVersion(policy: policy.id, number: 1, document: "{}", createdAt: now)
            steps.append(.access(.insertPolicy(policy, version, limit: .max)))
        }
        try await bench.store.apply(Change(steps))
        let refusal = await bench.refusal("CreatePolicy", ["PolicyName": "More", "PolicyDocument": Documents.useKeys])
        #expect(refusal?.status == 409 && refusal?.code == "LimitExceeded.Policy")
        #expect(refusal?.message.hasPrefix("The count of policy beyond the current limits.") == true)
    }

    @Test("accounts do not see each other's policies")
    func accounts() async throws {
        let bench = try await RAMBench()
        try await bench.furnish()
        let named: KeyValuePairs = ["PolicyType": "Custom", "PolicyName": "ReadKeys", "VersionId": "v1"]
        for action in ["GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "DeletePolicy"] {
            #expect(await bench.code(action, named, as: .otherRoot) == "404 EntityNotExist.Policy")
        }
        let listed = try await bench.call("ListPolicies", ["PolicyType": "Custom"], as: .otherRoot)
        #expect(listed["Policies"]?["Policy"] == .list([]))
        #expect(
            await bench.code(
                "CreatePolicy",
                ["PolicyName": "ReadKeys", "PolicyDocument": Documents.useKeys],
                as: .otherRoot
            )
                == nil
        )
    }

    /// The versions of ReadKeys in the order of the listing, the one that counts with a star.
    private func numbers(_ bench: RAMBench) async throws -> [String] {
        let listed = try await bench.call("ListPolicyVersions", ["PolicyType": "Custom", "PolicyName": "ReadKeys"])
        return (listed["PolicyVersions"]?["PolicyVersion"]?.elements ?? []).map {
            ($0["VersionId"]?.text ?? "") + ($0["IsDefaultVersion"] == .boolean(true) ? "*" : "")
        }
    }
}
