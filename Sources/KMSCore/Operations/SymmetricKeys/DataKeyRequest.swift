/// What the operations that make a data key are asked for: a key, a length, a context.
struct DataKeyRequest: Sendable {
    let key: KeyReference
    let byteCount: Int
    let context: EncryptionContext

    /// NumberOfBytes decides where it is given, and KeySpec is then not even looked at: real clients send specs of
    /// other services beside it. Neither of them means 32 bytes.
    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DataKeyRequest {
        let key = try parameters.keyReference()
        let context = try parameters.encryptionContext()
        let spec = try parameters.optionalText("KeySpec")
        if let byteCount = try parameters.integer("NumberOfBytes", in: Limits.dataKey) {
            return DataKeyRequest(key: key, byteCount: byteCount, context: context)
        }
        switch spec {
        case nil, "AES_256": return DataKeyRequest(key: key, byteCount: 32, context: context)
        case "AES_128": return DataKeyRequest(key: key, byteCount: 16, context: context)
        default: throw .invalid("KeySpec", "Use AES_256, AES_128, or NumberOfBytes.")
        }
    }

    /// A data key: its bytes, their base64 text, and that text encrypted under the key.
    struct DataKey: ~Copyable {
        let dataKey: SecretBox
        let text: SecretBytes
        let blob: CiphertextBlob
        let version: KeyVersion
    }

    func make<O: Operation & ~Copyable>(
        for operation: O.Type,
        _ call: Call,
        in service: KeyService
    ) async throws(KMSError) -> DataKey {
        let key = try await service.key(self.key, for: operation, call)
        let version = try await service.encryptingVersion(of: key, call)
        let dataKey: SecretBox
        do { dataKey = SecretBox(try service.vault.randomSecret(byteCount: byteCount)) } catch {
            throw KeyService.failure(error)
        }
        let text = dataKey.withBytes { Base64.encode($0) }
        let blob = try await service.seal(text, under: version, context, call)
        return DataKey(dataKey: dataKey, text: text, blob: blob, version: version)
    }
}
