/// Decrypts a ciphertext and encrypts its plaintext under another key, or the same key's newest version, in one step.
///
/// The caller needs `kms:ReEncryptFrom` on the key of the source and `kms:ReEncryptTo` on the destination. The answer
/// names the key and version that decrypted the source.
package struct ReEncrypt: Operation {
    package static let name: StaticString = "ReEncrypt"
    package static let demands = KeyDemands(.enabled, acceptsAlias: true)

    let blob: CiphertextBlob
    let destination: KeyReference
    let sourceContext: EncryptionContext
    let destinationContext: EncryptionContext

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ReEncrypt {
        for name: StaticString in ["SourceKeyId", "SourceKeyVersionId", "SourceEncryptionAlgorithm"]
        where parameters.bytes(name) != nil {
            throw .unsupportedOperation("Ciphertexts made with a public key cannot be re-encrypted: leave \(name) out.")
        }
        return ReEncrypt(
            blob: try parameters.ciphertextBlob(),
            destination: try parameters.keyReference("DestinationKeyId"),
            sourceContext: try parameters.encryptionContext("SourceEncryptionContext"),
            destinationContext: try parameters.encryptionContext("DestinationEncryptionContext")
        )
    }

    package typealias Answer = Encrypt.Answer

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let (source, sourceVersion) = try await service.resolve(blob, call)
        let target = try await service.resolve(destination, demanding: Self.demands, call)
        try service.permit("ReEncryptFrom", on: [source.resource], call)
        try service.permit("ReEncryptTo", on: [target.resource], call)
        let sourceKey = try source.existing()
        let targetKey = try target.existing()
        guard let sourceVersion else { throw .keyNotFound }
        try service.judge(sourceKey, by: Self.demands, call)
        try service.judge(targetKey, by: Self.demands, call)
        let targetVersion = try await service.encryptingVersion(of: targetKey)
        let plaintext = try await service.open(blob, under: sourceVersion, sourceContext, call)
        let sealed = try await service.seal(plaintext, under: targetVersion, destinationContext, call)
        return Answer(keyID: sourceKey.id, keyVersionID: sourceVersion.id, ciphertextBlob: sealed)
    }
}
