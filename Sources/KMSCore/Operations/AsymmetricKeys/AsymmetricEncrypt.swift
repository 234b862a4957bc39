/// Encrypts to the public key of a version (manual 5.2); anybody who has that key can do the same without the service.
package struct AsymmetricEncrypt: ~Copyable, Operation {
    package static let name: StaticString = "AsymmetricEncrypt"
    package static let rateClass: RateClass = .asymmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true)

    let key: KeyReference
    let version: KeyVersionID
    let algorithm: EncryptionAlgorithm
    let plaintext: SecretBytes

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> AsymmetricEncrypt {
        let key = try parameters.keyReference()
        let version = try parameters.keyVersionID()
        let algorithm = try parameters.encryptionAlgorithm("Algorithm")
        return AsymmetricEncrypt(
            key: key,
            version: version,
            algorithm: algorithm,
            plaintext: try parameters.base64Secret("Plaintext")
        )
    }

    package struct Answer: Response {
        let ciphertext: [UInt8]
        let version: VersionIdentity

        package func write(to fields: inout some FieldWriter) {
            fields.base64("CiphertextBlob", ciphertext)
            fields.id("KeyId", version.key.uuid)
            fields.id("KeyVersionId", version.id.uuid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let version = try await service.asymmetricVersion(self.version, of: key, for: AsymmetricEncrypt.self, call)
        try version.demand(algorithm)
        let longest = algorithm.longestPlaintext(for: version.identity.spec) ?? 0
        guard plaintext.byteCount <= longest else {
            throw .invalid(
                "Plaintext",
                "It has \(plaintext.byteCount) bytes; \(algorithm.rawValue) takes \(longest) at most with this key."
            )
        }
        let algorithm = algorithm
        let ciphertext = try await service.encrypt(SecretBox(plaintext), with: algorithm, to: version)
        return Answer(ciphertext: ciphertext, version: version.identity)
    }
}
