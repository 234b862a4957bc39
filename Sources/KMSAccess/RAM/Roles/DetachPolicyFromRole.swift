package import KMSCore

/// Takes a policy away from a role, from the next request on.
package struct DetachPolicyFromRole: AccessOperation {
    package static let name: StaticString = "DetachPolicyFromRole"

    let policy: PolicyReference
    let roleName: RoleName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DetachPolicyFromRole {
        DetachPolicyFromRole(policy: try parameters.policy(), roleName: try parameters.roleName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        try await service.detach(policy, from: .role(roleName), permitting: "ram:DetachPolicyFromRole", call)
    }
}
