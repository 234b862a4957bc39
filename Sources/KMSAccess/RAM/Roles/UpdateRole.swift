package import KMSCore

/// Changes who may assume a role, for how long, or what is told of it. A change ends the role's sessions.
package struct UpdateRole: AccessOperation {
    package static let name: StaticString = "UpdateRole"

    let roleName: RoleName
    /// Nil where it stays as it is, as the two that follow.
    let newTrustPolicy: String?
    /// Taken away by an empty text.
    let newDescription: String?
    let newMaximumDuration: Int?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> UpdateRole {
        UpdateRole(
            roleName: try parameters.roleName(),
            newTrustPolicy: try parameters.trustPolicy("NewAssumeRolePolicyDocument"),
            newDescription: try parameters.replacement("NewDescription", limit: 1_024),
            newMaximumDuration: try parameters.sessionDuration("NewMaxSessionDuration")
        )
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> RoleAnswer {
        try service.permit("ram:UpdateRole", on: .ram("role/\(roleName)", of: call.caller.account), call)
        return try await service.repeating { () async throws(KMSError) in
            let old = try await service.role(named: roleName, call)
            let new = updated(old, at: call.arrival)
            let steps = new == old ? [] : [AccessStep.updateRole(from: old, to: new)]
            return try await service.commit(steps, call).isMade ? RoleAnswer(role: new) : nil
        }
    }

    /// The role as it shall be; the role given where nothing changes.
    private func updated(_ old: Role, at now: Timestamp) -> Role {
        let new = old.changed(at: now) { role in
            role.trustPolicy = newTrustPolicy ?? role.trustPolicy
            role.description = newDescription ?? role.description
            role.maximumDuration = newMaximumDuration ?? role.maximumDuration
        }
        let isSame =
            new.trustPolicy.utf8.elementsEqual(old.trustPolicy.utf8)
            && new.description.utf8.elementsEqual(old.description.utf8)
            && new.maximumDuration == old.maximumDuration
        return isSame ? old : new
    }
}
