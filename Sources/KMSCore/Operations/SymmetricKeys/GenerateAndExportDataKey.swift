/// Makes a random data key and answers it twice encrypted: under a key of the service, and to a public key of the
/// caller's.
package struct GenerateAndExportDataKey: Operation {
    package static let name: StaticString = "GenerateAndExportDataKey"
    package static let rateClass: RateClass = .symmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true, serviceKeys: .made)

    let request: DataKeyRequest
    let wrapping: WrappingKey

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> GenerateAndExportDataKey {
        let request = try DataKeyRequest.reading(&parameters)
        let wrapping = try WrappingKey.reading(&parameters)
        guard request.byteCount <= wrapping.longestDataKey else {
            throw .invalid(
                "NumberOfBytes",
                "\(wrapping.algorithm.rawValue) takes \(wrapping.longestDataKey) bytes at most."
            )
        }
        return GenerateAndExportDataKey(request: request, wrapping: wrapping)
    }

    package struct Answer: Response {
        let encrypted: Encrypt.Answer
        let exportedDataKey: [UInt8]

        package func write(to fields: inout some FieldWriter) {
            encrypted.write(to: &fields)
            fields.base64("ExportedDataKey", exportedDataKey)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        try wrapping.check(in: service)
        let made = try await request.make(for: Self.self, call, in: service)
        let encrypted = Encrypt.Answer(
            keyID: made.version.identity.key,
            keyVersionID: made.version.id,
            ciphertextBlob: made.blob
        )
        return Answer(encrypted: encrypted, exportedDataKey: try await wrapping.wrap(made.dataKey, in: service))
    }
}
