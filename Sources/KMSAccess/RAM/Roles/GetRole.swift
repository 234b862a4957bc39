package import KMSCore

/// Tells what is known of a role.
package struct GetRole: AccessOperation {
    package static let name: StaticString = "GetRole"

    let roleName: RoleName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> GetRole {
        GetRole(roleName: try parameters.roleName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> RoleAnswer {
        try service.permit("ram:GetRole", on: .ram("role/\(roleName)", of: call.caller.account), call)
        return RoleAnswer(role: try await service.role(named: roleName, call))
    }
}
