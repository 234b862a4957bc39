/// Makes a random data key and answers it both in plaintext and encrypted under a key (manual 4.1, "Envelope encryption").
///
/// The plaintext is base64 text, and that text is what was encrypted: ``Decrypt`` of the blob returns the same text.
package struct GenerateDataKey: Operation {
    package static let name: StaticString = "GenerateDataKey"
    package static let rateClass: RateClass = .symmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true, serviceKeys: .made)

    let request: DataKeyRequest

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> GenerateDataKey {
        GenerateDataKey(request: try DataKeyRequest.reading(&parameters))
    }

    package struct Answer: Response {
        let encrypted: Encrypt.Answer
        let plaintext: SecretBox

        package func write(to fields: inout some FieldWriter) {
            encrypted.write(to: &fields)
            fields.secret("Plaintext", plaintext)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let made = try await request.make(for: Self.self, call, in: service)
        let encrypted = Encrypt.Answer(
            keyID: made.version.identity.key,
            keyVersionID: made.version.id,
            ciphertextBlob: made.blob
        )
        return Answer(encrypted: encrypted, plaintext: made.boxed())
    }
}

extension DataKeyRequest.DataKey {
    consuming func boxed() -> SecretBox { SecretBox(text) }
}
