package import KMSCore

/// Chooses which document of a policy counts.
package struct SetDefaultPolicyVersion: AccessOperation {
    package static let name: StaticString = "SetDefaultPolicyVersion"

    let policyName: PolicyName
    let version: Int

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> SetDefaultPolicyVersion {
        SetDefaultPolicyVersion(policyName: try parameters.policyName(), version: try parameters.policyVersion())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        let resource = ResourceName.ram("policy/\(policyName)", of: call.caller.account)
        try service.permit("ram:SetDefaultPolicyVersion", on: resource, call)
        return try await service.repeating { () async throws(KMSError) in
            let (policy, _, whole) = try await service.customPolicy(policyName, call)
            _ = try whole.version(version)
            let updated = policy.changed(at: call.arrival) { $0.defaultVersion = version }
            let steps = version == policy.defaultVersion ? [] : [AccessStep.updatePolicy(from: policy, to: updated)]
            return try await service.commit(steps, call).isMade ? Done() : nil
        }
    }
}
