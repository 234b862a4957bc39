package import KMSCore

/// Deletes an access key; nothing that it signs is accepted from then on.
package struct DeleteAccessKey: AccessOperation {
    package static let name: StaticString = "DeleteAccessKey"

    /// Nil for the caller.
    let userName: UserName?
    let accessKeyID: String

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> DeleteAccessKey {
        DeleteAccessKey(
            userName: try parameters.optionalUserName(),
            accessKeyID: try parameters.text("UserAccessKeyId", limit: 128)
        )
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        try await service.repeating { () async throws(KMSError) in
            let holder = try await service.keyHolder(userName, permitting: "ram:DeleteAccessKey", call)
            let key = try await service.accessKey(accessKeyID, of: holder, call)
            let step = AccessStep.deleteAccessKey(key.id, of: holder, in: key.account)
            return try await service.commit([step], call).isMade ? Done() : nil
        }
    }
}
