/// Decrypts what was encrypted to the public key of a version, by ``AsymmetricEncrypt`` or elsewhere (manual 5.2).
///
/// Every ciphertext that does not open has the same answer: a difference would help to open others.
package struct AsymmetricDecrypt: Operation {
    package static let name: StaticString = "AsymmetricDecrypt"
    package static let rateClass: RateClass = .asymmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true)

    let key: KeyReference
    let version: KeyVersionID
    let algorithm: EncryptionAlgorithm
    let ciphertext: [UInt8]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> AsymmetricDecrypt {
        AsymmetricDecrypt(
            key: try parameters.keyReference(),
            version: try parameters.keyVersionID(),
            algorithm: try parameters.encryptionAlgorithm("Algorithm"),
            ciphertext: try parameters.base64("CiphertextBlob")
        )
    }

    package struct Answer: Response {
        let plaintext: SecretBox
        let version: VersionIdentity

        package func write(to fields: inout some FieldWriter) {
            fields.secret("Plaintext", plaintext)
            fields.id("KeyId", version.key.uuid)
            fields.id("KeyVersionId", version.id.uuid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let version = try await service.asymmetricVersion(self.version, of: key, for: Self.self, call)
        try version.demand(algorithm)
        let plaintext = try await service.decrypt(ciphertext, with: algorithm, under: version)
        let text = plaintext.withBytes { Base64.encode($0) }
        return Answer(plaintext: SecretBox(text), version: version.identity)
    }
}
