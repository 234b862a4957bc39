package import KMSCore

/// Gives one document of a policy.
package struct GetPolicyVersion: AccessOperation {
    package static let name: StaticString = "GetPolicyVersion"

    let policy: PolicyReference
    let version: Int

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> GetPolicyVersion {
        GetPolicyVersion(policy: try parameters.policy(), version: try parameters.policyVersion())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> PolicyVersionAnswer {
        try service.permit("ram:GetPolicyVersion", on: policy.resourceName(in: call.caller.account), call)
        let found = try await service.wholePolicy(policy, call)
        return PolicyVersionAnswer(
            version: try found.version(version),
            isDefault: version == found.summary.defaultVersion
        )
    }
}
