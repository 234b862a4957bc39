package import KMSCore

/// Deletes a role that has no policies any more. Its sessions end.
package struct DeleteRole: AccessOperation {
    package static let name: StaticString = "DeleteRole"

    let roleName: RoleName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DeleteRole {
        DeleteRole(roleName: try parameters.roleName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        let account = call.caller.account
        try service.permit("ram:DeleteRole", on: .ram("role/\(roleName)", of: account), call)
        return try await service.repeating { () async throws(KMSError) in
            let role = try await service.role(named: roleName, call)
            let policies = try await service.reading { () async throws(StoreError) in
                try await service.store.attachments(of: .role(role.id), in: account)
            }
            guard policies.isEmpty else { throw .hasPolicy("Role") }
            return try await service.commit([.deleteRole(role)], call).isMade ? Done() : nil
        }
    }
}
