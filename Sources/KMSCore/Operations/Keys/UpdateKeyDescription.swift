/// Replaces a key's description; an empty one is given as an empty parameter.
package struct UpdateKeyDescription: Operation {
    package static let name: StaticString = "UpdateKeyDescription"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion, serviceKeys: .refused)

    let key: KeyReference
    let description: String

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UpdateKeyDescription {
        let key = try parameters.keyReference()
        let description = try parameters.optionalText("Description", limit: Limits.description)
        guard parameters.isGiven("Description") else { throw .missing("Description") }
        return UpdateKeyDescription(key: key, description: description ?? "")
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { [description] key in
            [.updateKey(from: key, to: key.changed { $0.description = description })]
        }
        return Done()
    }
}
