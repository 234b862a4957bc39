package import KMSCore

/// What is told of a role beside the name.
extension AccessParameters {
    /// A trust policy, as it was given; nil where it is absent.
    ///
    /// - Throws: `MalformedPolicyDocument`, with what is wrong with it.
    mutating func trustPolicy(_ name: StaticString) throws(KMSError) -> String? {
        guard let text = try optionalText(name, limit: AccessLimits.document) else { return nil }
        do { _ = try TrustPolicy(text) } catch { throw .malformedPolicy(error) }
        return text
    }

    /// Seconds that a session of the role may last.
    mutating func sessionDuration(_ name: StaticString) throws(KMSError) -> Int? {
        try integer(name, in: AccessLimits.sessionDuration)
    }
}

extension AccessService {
    func role(named name: RoleName, _ call: Call) async throws(KMSError) -> Role {
        let role = try await reading { () async throws(StoreError) in
            try await store.role(named: name, in: call.caller.account)
        }
        guard let role else { throw .roleNotFound }
        return role
    }
}

extension FieldWriter {
    /// The members that every answer gives of a role.
    mutating func role(_ role: Role) {
        text("RoleId", role.id.description)
        text("RoleName", role.name.description)
        text("Arn", role.resourceName.description)
        text("Description", role.description)
        number("MaxSessionDuration", role.maximumDuration)
        date("CreateDate", role.createdAt)
    }
}

/// One role with its trust policy.
package struct RoleAnswer: Response {
    let role: Role

    package func write(to fields: inout some FieldWriter) {
        fields.object("Role") {
            $0.role(role)
            $0.date("UpdateDate", role.updatedAt)
            $0.text("AssumeRolePolicyDocument", role.trustPolicy)
        }
    }
}
