/// Lets a disabled key be used again; an enabled key stays as it is.
package struct EnableKey: Operation {
    package static let name: StaticString = "EnableKey"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands([.enabled, .disabled], refusal: .notModified, serviceKeys: .refused)

    let key: KeyReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> EnableKey {
        EnableKey(key: try parameters.keyReference())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { key in
            key.isDisabled ? [.updateKey(from: key, to: key.changed { $0.isDisabled = false })] : []
        }
        return Done()
    }
}
