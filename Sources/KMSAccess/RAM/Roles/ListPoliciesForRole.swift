package import KMSCore

/// Lists the policies of a role, in the order in which they were attached.
package struct ListPoliciesForRole: AccessOperation {
    package static let name: StaticString = "ListPoliciesForRole"

    let roleName: RoleName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> ListPoliciesForRole {
        ListPoliciesForRole(roleName: try parameters.roleName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> AttachedPolicies {
        try await service.attachedPolicies(of: .role(roleName), permitting: "ram:ListPoliciesForRole", call)
    }
}
