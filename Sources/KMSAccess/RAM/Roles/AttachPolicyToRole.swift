package import KMSCore

/// Gives a role what a policy allows and denies, from the next request on.
package struct AttachPolicyToRole: AccessOperation {
    package static let name: StaticString = "AttachPolicyToRole"

    let policy: PolicyReference
    let roleName: RoleName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> AttachPolicyToRole {
        AttachPolicyToRole(policy: try parameters.policy(), roleName: try parameters.roleName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        try await service.attach(policy, to: .role(roleName), permitting: "ram:AttachPolicyToRole", call)
    }
}
