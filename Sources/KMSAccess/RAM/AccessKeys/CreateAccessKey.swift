package import KMSCore

/// Makes an access key of a user, or of the caller. The secret is shown this once.
package struct CreateAccessKey: AccessOperation {
    package static let name: StaticString = "CreateAccessKey"

    /// Nil for the caller.
    let userName: UserName?

    package static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> CreateAccessKey {
        CreateAccessKey(userName: try parameters.optionalUserName())
    }

    package struct Answer: Response {
        let key: AccessKey
        let secret: SecretBox

        package func write(to fields: inout some FieldWriter) {
            fields.object("AccessKey") {
                $0.accessKey(key)
                $0.secret("AccessKeySecret", secret)
            }
        }
    }

    package func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Answer {
        try await service.repeating { () async throws(KMSError) in
            let holder = try await service.keyHolder(userName, permitting: "ram:CreateAccessKey", call)
            let (key, secret) = try service.makeAccessKey(of: holder, in: call.caller.account, at: call.arrival)
            let step = AccessStep.insertAccessKey(key, limit: AccessLimits.accessKeysPerUser)
            switch try await service.commit([step], call) {
            case .made: return Answer(key: key, secret: secret)
            case .limitReached: throw .tooManyAccessKeys
            // The holder is gone, or somebody's key has this id: the next attempt finds out, with another id.
            case .conflict, .alreadyExists: return nil
            }
        }
    }
}
