package import KMSCore

/// Makes a role, which may do nothing until policies are attached, and which its trust policy lets others assume.
package struct CreateRole: AccessOperation {
    package static let name: StaticString = "CreateRole"

    let roleName: RoleName
    let trustPolicy: String
    let description: String
    let maximumDuration: Int

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> CreateRole {
        let roleName = try parameters.roleName()
        guard let trustPolicy = try parameters.trustPolicy("AssumeRolePolicyDocument") else {
            throw .missingCommon("AssumeRolePolicyDocument")
        }
        return CreateRole(
            roleName: roleName,
            trustPolicy: trustPolicy,
            description: try parameters.optionalText("Description", limit: 1_024) ?? "",
            maximumDuration: try parameters.sessionDuration("MaxSessionDuration")
                ?? AccessLimits.sessionDuration.lowerBound
        )
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> RoleAnswer {
        let account = call.caller.account
        try service.permit("ram:CreateRole", on: .ram("role/\(roleName)", of: account), call)
        guard let id = RoleID(service.newEntityID()) else { throw .internalFailure("A role's id has a wrong form.") }
        let role = Role(
            id: id,
            account: account,
            name: roleName,
            description: description,
            trustPolicy: trustPolicy,
            maximumDuration: maximumDuration,
            createdAt: call.arrival,
            updatedAt: call.arrival
        )
        switch try await service.commit([.insertRole(role, limit: AccessLimits.roles)], call) {
        case .made: return RoleAnswer(role: role)
        case .alreadyExists: throw .roleExists
        case .limitReached: throw .tooManyRoles
        case .conflict: throw .internalFailure("The caller's account is gone.")
        }
    }
}
