/// Decrypts what ``Encrypt``, ``GenerateDataKey`` or ``ReEncrypt`` made; the ciphertext itself names key and version.
package struct Decrypt: Operation {
    package static let name: StaticString = "Decrypt"
    package static let rateClass: RateClass = .symmetric
    package static let demands = KeyDemands(.enabled)

    let blob: CiphertextBlob
    let context: EncryptionContext

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> Decrypt {
        if parameters.bytes("Recipient") != nil {
            throw .unsupportedOperation("Attested recipients are not supported: leave Recipient out.")
        }
        return Decrypt(blob: try parameters.ciphertextBlob(), context: try parameters.encryptionContext())
    }

    package struct Answer: Response {
        let plaintext: SecretBox
        let keyID: KeyID
        let keyVersionID: KeyVersionID

        package func write(to fields: inout some FieldWriter) {
            fields.secret("Plaintext", plaintext)
            fields.id("KeyId", keyID.uuid)
            fields.id("KeyVersionId", keyVersionID.uuid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let (resolved, version) = try await service.resolve(blob, call)
        try service.permit(Self.name, on: [resolved.resource], call)
        let key = try resolved.existing()
        guard let version else { throw .keyNotFound }
        try service.judge(key, by: Self.demands, call)
        let plaintext = try await service.open(blob, under: version, context, call)
        return Answer(plaintext: SecretBox(plaintext), keyID: key.id, keyVersionID: version.id)
    }
}
