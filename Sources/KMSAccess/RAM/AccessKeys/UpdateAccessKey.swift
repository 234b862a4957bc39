package import KMSCore

/// Forbids or permits again to sign with an access key.
package struct UpdateAccessKey: AccessOperation {
    package static let name: StaticString = "UpdateAccessKey"

    /// Nil for the caller.
    let userName: UserName?
    let accessKeyID: String
    let status: AccessKeyStatus

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> UpdateAccessKey {
        UpdateAccessKey(
            userName: try parameters.optionalUserName(),
            accessKeyID: try parameters.text("UserAccessKeyId", limit: 128),
            status: try parameters.neededChoice("Status")
        )
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        try await service.repeating { () async throws(KMSError) in
            let holder = try await service.keyHolder(userName, permitting: "ram:UpdateAccessKey", call)
            let key = try await service.accessKey(accessKeyID, of: holder, call)
            let isActive = status == .active
            let step = AccessStep.setAccessKeyActive(key.id, of: holder, in: key.account, isActive)
            return try await service.commit(key.isActive == isActive ? [] : [step], call).isMade ? Done() : nil
        }
    }
}
