/// Forbids every use of a key until it is enabled again (manual 2.2); a disabled key stays as it is.
package struct DisableKey: Operation {
    package static let name: StaticString = "DisableKey"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands([.enabled, .disabled], refusal: .notModified, serviceKeys: .refused)

    let key: KeyReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DisableKey {
        DisableKey(key: try parameters.keyReference())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { key in
            key.isDisabled ? [] : [.updateKey(from: key, to: key.changed { $0.isDisabled = true })]
        }
        return Done()
    }
}
