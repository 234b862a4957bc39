/// Encrypts a small plaintext under the primary version of a symmetric key (manual 4.1).
///
/// The ciphertext names the version that made it, so ``Decrypt`` asks for no key. The caller needs `kms:Encrypt` on
/// the key itself, even where an alias stands for it.
package struct Encrypt: ~Copyable, Operation {
    package static let name: StaticString = "Encrypt"
    package static let rateClass: RateClass = .symmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true, serviceKeys: .made)

    let key: KeyReference
    let plaintext: SecretBytes
    let context: EncryptionContext

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Encrypt {
        let key = try parameters.keyReference()
        let context = try parameters.encryptionContext()
        return Encrypt(
            key: key,
            plaintext: try parameters.secret("Plaintext", byteCount: Limits.plaintext),
            context: context
        )
    }

    package struct Answer: Response {
        let keyID: KeyID
        let keyVersionID: KeyVersionID
        let ciphertextBlob: CiphertextBlob

        package func write(to fields: inout some FieldWriter) {
            fields.id("KeyId", keyID.uuid)
            fields.id("KeyVersionId", keyVersionID.uuid)
            fields.base64("CiphertextBlob", ciphertextBlob.bytes)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let key = try await service.key(self.key, for: Encrypt.self, call)
        let version = try await service.encryptingVersion(of: key, call)
        let blob = try await service.seal(plaintext, under: version, context, call)
        return Answer(keyID: key.id, keyVersionID: version.id, ciphertextBlob: blob)
    }
}
