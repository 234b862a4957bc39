/// Takes a key's imported material away; the identical material can be imported again (manual 4.4).
///
/// A key that is to be deleted stays so, with its date. A key without material stays as it is.
package struct DeleteKeyMaterial: Operation {
    package static let name: StaticString = "DeleteKeyMaterial"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.all, serviceKeys: .refused)

    let key: KeyReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DeleteKeyMaterial {
        DeleteKeyMaterial(key: try parameters.keyReference())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        var stripped: KeyVersionID?
        try await service.change(key, for: Self.self, call) { key throws(KMSError) in
            try key.demandExternal()
            stripped = key.primaryVersion
            return key.strippingMaterial
        }
        if let stripped { service.vault.forget([stripped]) }
        return Done()
    }
}
