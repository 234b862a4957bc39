/// Tells whether a version signed a digest (manual 5.3). A signature that it did not make is an answer, no error.
package struct AsymmetricVerify: Operation {
    package static let name: StaticString = "AsymmetricVerify"
    package static let rateClass: RateClass = .asymmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true)

    let key: KeyReference
    let version: KeyVersionID
    let algorithm: SignatureAlgorithm
    let digest: [UInt8]
    let signature: [UInt8]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> AsymmetricVerify {
        AsymmetricVerify(
            key: try parameters.keyReference(),
            version: try parameters.keyVersionID(),
            algorithm: try parameters.signatureAlgorithm("Algorithm"),
            digest: try parameters.digest(),
            signature: try parameters.base64("Value")
        )
    }

    package struct Answer: Response {
        let isSigned: Bool
        let version: VersionIdentity

        package func write(to fields: inout some FieldWriter) {
            fields.boolean("Value", isSigned)
            fields.id("KeyId", version.key.uuid)
            fields.id("KeyVersionId", version.id.uuid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let version = try await service.asymmetricVersion(self.version, of: key, for: Self.self, call)
        try version.demand(algorithm)
        let isSigned = try await service.verify(signature, of: digest, with: algorithm, by: version)
        return Answer(isSigned: isSigned, version: version.identity)
    }
}
