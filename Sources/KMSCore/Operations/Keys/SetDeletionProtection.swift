/// Makes ScheduleKeyDeletion refuse a key, or lets it through again.
package struct SetDeletionProtection: Operation {
    package static let name: StaticString = "SetDeletionProtection"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion, serviceKeys: .refused)

    let key: KeyReference
    let isEnabled: Bool
    let description: String

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> SetDeletionProtection {
        let arn = try parameters.optionalText("ProtectedResourceArn")
        let id = try parameters.optionalText("KeyId")
        guard let name = arn ?? id else { throw .missing("ProtectedResourceArn") }
        guard arn == nil || id == nil else { throw .invalid("KeyId", "Give ProtectedResourceArn or KeyId, not both.") }
        let key = KeyReference(name)
        if arn != nil {
            guard case .key = key else {
                throw .invalid("ProtectedResourceArn", "Use the key's ARN: acs:kms:<region>:<account>:key/<id>.")
            }
        }
        guard let isEnabled = try parameters.boolean("EnableDeletionProtection") else {
            throw .missing("EnableDeletionProtection")
        }
        let description = try parameters.optionalText("DeletionProtectionDescription", limit: Limits.description)
        return SetDeletionProtection(key: key, isEnabled: isEnabled, description: isEnabled ? description ?? "" : "")
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { [isEnabled, description] key in
            let changed = key.changed {
                $0.isDeletionProtected = isEnabled
                $0.deletionProtectionDescription = description
            }
            return [.updateKey(from: key, to: changed)]
        }
        return Done()
    }
}
