/// Switches a key's automatic rotation on or off (manual 7.2).
///
/// Next rotation = last rotation + interval; upkeep rotates at once where that moment has passed.
package struct UpdateRotationPolicy: Operation {
    package static let name: StaticString = "UpdateRotationPolicy"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.enabled, serviceKeys: .refused)

    let key: KeyReference
    let rotationInterval: Int64?

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UpdateRotationPolicy {
        let key = try parameters.keyReference()
        guard let policy = try parameters.rotationPolicy() else { throw .missing("EnableAutomaticRotation") }
        return UpdateRotationPolicy(key: key, rotationInterval: policy)
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { [rotationInterval] key throws(KMSError) in
            guard key.canRotate else {
                throw .rejectedUnsupportedOperation(
                    "Only symmetric keys that a user made with the Origin Aliyun_KMS rotate automatically."
                )
            }
            return [.updateKey(from: key, to: key.changed { $0.rotationInterval = rotationInterval })]
        }
        return Done()
    }
}
