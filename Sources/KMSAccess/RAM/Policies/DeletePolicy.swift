package import KMSCore

/// Deletes a policy of the account's own that is attached to nobody.
package struct DeletePolicy: AccessOperation {
    package static let name: StaticString = "DeletePolicy"

    let policyName: PolicyName
    /// Whether versions beside the default one go with it; else they are in the way.
    let isCascading: Bool

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DeletePolicy {
        DeletePolicy(
            policyName: try parameters.policyName(),
            isCascading: try parameters.boolean("CascadingDelete") ?? false
        )
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        let account = call.caller.account
        try service.permit("ram:DeletePolicy", on: .ram("policy/\(policyName)", of: account), call)
        return try await service.repeating { () async throws(KMSError) in
            let (policy, versions, _) = try await service.customPolicy(policyName, call)
            let holders = try await service.reading { () async throws(StoreError) in
                try await service.store.attachments(of: policy.reference, in: account).map(\.grantee)
            }
            guard holders.isEmpty else {
                throw .policyInUse(
                    by: holders.contains { if case .user = $0 { true } else { false } } ? "User" : "Role"
                )
            }
            guard versions.count == 1 || isCascading else { throw .policyHasVersions }
            return try await service.commit([.deletePolicy(policy)], call).isMade ? Done() : nil
        }
    }
}
