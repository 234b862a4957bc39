package import KMSCore

/// Deletes a document of a policy that does not count.
package struct DeletePolicyVersion: AccessOperation {
    package static let name: StaticString = "DeletePolicyVersion"

    let policyName: PolicyName
    let version: Int

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DeletePolicyVersion {
        DeletePolicyVersion(policyName: try parameters.policyName(), version: try parameters.policyVersion())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        let resource = ResourceName.ram("policy/\(policyName)", of: call.caller.account)
        try service.permit("ram:DeletePolicyVersion", on: resource, call)
        return try await service.repeating { () async throws(KMSError) in
            let (policy, _, whole) = try await service.customPolicy(policyName, call)
            _ = try whole.version(version)
            guard version != policy.defaultVersion else { throw .policyVersionIsDefault }
            let steps = [
                AccessStep.updatePolicy(from: policy, to: policy.changed(at: call.arrival) { _ in }),
                .deletePolicyVersion(of: policy.id, number: version),
            ]
            return try await service.commit(steps, call).isMade ? Done() : nil
        }
    }
}
