/// Decrypts a data key and encrypts it to a public key of the caller's: so that it reaches a place that cannot call
/// the service, and nobody on the way sees it.
///
/// What is encrypted are the bytes that the data key's base64 text stands for.
package struct ExportDataKey: Operation {
    package static let name: StaticString = "ExportDataKey"
    package static let rateClass: RateClass = .symmetric
    package static let demands = KeyDemands(.enabled)

    let blob: CiphertextBlob
    let context: EncryptionContext
    let wrapping: WrappingKey

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ExportDataKey {
        ExportDataKey(
            blob: try parameters.ciphertextBlob(),
            context: try parameters.encryptionContext(),
            wrapping: try WrappingKey.reading(&parameters)
        )
    }

    package struct Answer: Response {
        let exportedDataKey: [UInt8]
        let keyID: KeyID
        let keyVersionID: KeyVersionID

        package func write(to fields: inout some FieldWriter) {
            fields.base64("ExportedDataKey", exportedDataKey)
            fields.id("KeyId", keyID.uuid)
            fields.id("KeyVersionId", keyVersionID.uuid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        try wrapping.check(in: service)
        let (resolved, version) = try await service.resolve(blob, call)
        try service.permit(Self.name, on: [resolved.resource], call)
        let key = try resolved.existing()
        guard let version else { throw .keyNotFound }
        try service.judge(key, by: Self.demands, call)
        let text = try await service.open(blob, under: version, context, call)
        guard let dataKey = text.withBytes({ Base64.decodeSecret($0) }), dataKey.byteCount <= wrapping.longestDataKey
        else {
            throw .invalid(
                "CiphertextBlob",
                "What it encrypts must be base64 of at most \(wrapping.longestDataKey) bytes, as data keys are."
            )
        }
        let exported = try await wrapping.wrap(SecretBox(dataKey), in: service)
        return Answer(exportedDataKey: exported, keyID: key.id, keyVersionID: version.id)
    }
}
