/// Gives a public key and a token with which material can be imported into a key (manual 4.3).
///
/// Every call makes a fresh pair. The token serves for 24 hours, for this key, pair and algorithm alone.
package struct GetParametersForImport: Operation {
    package static let name: StaticString = "GetParametersForImport"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.all, serviceKeys: .refused)

    let key: KeyReference
    let spec: WrappingKeySpec
    let algorithm: EncryptionAlgorithm

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> GetParametersForImport {
        let key = try parameters.keyReference()
        guard let algorithm = try parameters.choice("WrappingAlgorithm", EncryptionAlgorithm.self) else {
            throw .missing("WrappingAlgorithm")
        }
        guard let spec = try parameters.choice("WrappingKeySpec", WrappingKeySpec.self) else {
            throw .missing("WrappingKeySpec")
        }
        guard algorithm.fits(spec.keySpec) else {
            let fitting = EncryptionAlgorithm.allCases.filter { $0.fits(spec.keySpec) }.map(\.rawValue)
            throw .invalid("WrappingAlgorithm", "With \(spec.rawValue) use \(fitting.joined(separator: ", ")).")
        }
        return GetParametersForImport(key: key, spec: spec, algorithm: algorithm)
    }

    package struct Answer: Response {
        let importPair: ImportPair
        let token: String

        package func write(to fields: inout some FieldWriter) {
            fields.id("KeyId", importPair.identity.key.uuid)
            fields.text("ImportToken", token)
            fields.base64("PublicKey", importPair.publicKey)
            fields.date("TokenExpireTime", importPair.identity.expiresAt)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let key = try await service.key(self.key, for: Self.self, call)
        try key.demandExternal()
        if spec == .ecSM2 { try demandSM2(key, service.settings) }
        guard service.vault.takes(algorithm, in: key.backend) else {
            throw .unsupportedOperation(
                "The HSM that holds this key does not unwrap material by \(algorithm.rawValue): use another WrappingAlgorithm."
            )
        }
        if call.isDryRun { throw .dryRun }
        let identity = ImportPairIdentity(
            id: ImportTokenID(service.ids.next()),
            key: key.id,
            namespace: key.namespace,
            level: key.level,
            backend: key.backend,
            spec: spec,
            algorithm: algorithm,
            expiresAt: Timestamp(seconds: call.arrival.seconds + Limits.importTokenLifetime)
        )
        let importPair = try await service.makeImportPair(identity)
        try await service.change(self.key, for: Self.self, call) { _ in [.insertImportPair(importPair)] }
        return Answer(importPair: importPair, token: service.importTokens.token(for: identity))
    }

    private func demandSM2(_ key: Key, _ settings: ServiceSettings) throws(KMSError) {
        guard key.level == .hsm, settings.allowsHSM(in: key.namespace.region, for: .ecSM2) else {
            throw .invalid(
                "WrappingKeySpec",
                "EC_SM2 is for HSM keys in regions of Chinese certification: use RSA_2048."
            )
        }
    }
}
