package import KMSCore

/// Deletes a user who has neither access keys nor policies any more.
package struct DeleteUser: AccessOperation {
    package static let name: StaticString = "DeleteUser"

    let userName: UserName

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DeleteUser {
        DeleteUser(userName: try parameters.userName())
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        let account = call.caller.account
        try service.permit("ram:DeleteUser", on: .ram("user/\(userName)", of: account), call)
        return try await service.repeating { () async throws(KMSError) in
            let user = try await service.user(named: userName, call)
            let (keys, policies) = try await service.reading { () async throws(StoreError) in
                (
                    try await service.store.accessKeys(of: .user(user.id), in: account),
                    try await service.store.attachments(of: .user(user.id), in: account)
                )
            }
            guard keys.isEmpty else { throw .userHasAccessKey }
            guard policies.isEmpty else { throw .hasPolicy("User") }
            return try await service.commit([.deleteUser(user)], call).isMade ? Done() : nil
        }
    }
}
