/// Signs a digest with the private key of a version (manual 5.3). For SM2DSA the digest is e = SM3(Z ‖ message).
package struct AsymmetricSign: Operation {
    package static let name: StaticString = "AsymmetricSign"
    package static let rateClass: RateClass = .asymmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true)

    let key: KeyReference
    let version: KeyVersionID
    let algorithm: SignatureAlgorithm
    let digest: [UInt8]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> AsymmetricSign {
        AsymmetricSign(
            key: try parameters.keyReference(),
            version: try parameters.keyVersionID(),
            algorithm: try parameters.signatureAlgorithm("Algorithm"),
            digest: try parameters.digest()
        )
    }

    package struct Answer: Response {
        let signature: [UInt8]
        let version: VersionIdentity

        package func write(to fields: inout some FieldWriter) {
            fields.base64("Value", signature)
            fields.id("KeyId", version.key.uuid)
            fields.id("KeyVersionId", version.id.uuid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let version = try await service.asymmetricVersion(self.version, of: key, for: Self.self, call)
        try version.demand(algorithm)
        let signature = try await service.sign(digest, with: algorithm, under: version)
        return Answer(signature: signature, version: version.identity)
    }
}
