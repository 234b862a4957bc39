/// Decrypts a ciphertext and encrypts its plaintext under another key, or the same key's newest version, in one step.
///
/// The caller needs `kms:ReEncryptFrom` on the key of the source and `kms:ReEncryptTo` on the destination. The answer
/// names the key and version that decrypted the source.
package struct ReEncrypt: Operation {
    package static let name: StaticString = "ReEncrypt"
    package static let rateClass: RateClass = .symmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true)

    let source: Source
    let destination: KeyReference
    let destinationContext: EncryptionContext

    /// What is to be encrypted anew.
    enum Source: Sendable {
        case symmetric(CiphertextBlob, EncryptionContext)
        /// Made with the public key of a version. Its bytes become base64 text before they are encrypted, so that
        /// Decrypt answers what AsymmetricDecrypt would.
        case asymmetric([UInt8], KeyReference, KeyVersionID, EncryptionAlgorithm)
    }

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ReEncrypt {
        ReEncrypt(
            source: try readingSource(&parameters),
            destination: try parameters.keyReference("DestinationKeyId"),
            destinationContext: try parameters.encryptionContext("DestinationEncryptionContext")
        )
    }

    private static func readingSource(_ parameters: inout ParameterReader) throws(KMSError) -> Source {
        let context = try parameters.encryptionContext("SourceEncryptionContext")
        let names: [StaticString] = ["SourceKeyId", "SourceKeyVersionId", "SourceEncryptionAlgorithm"]
        guard names.contains(where: { parameters.bytes($0) != nil }) else {
            return .symmetric(try parameters.ciphertextBlob(), context)
        }
        guard context == EncryptionContext() else {
            throw .invalid("SourceEncryptionContext", "Ciphertexts made with a public key have no context.")
        }
        return .asymmetric(
            try parameters.base64("CiphertextBlob"),
            try parameters.keyReference("SourceKeyId"),
            try parameters.keyVersionID("SourceKeyVersionId"),
            try parameters.encryptionAlgorithm("SourceEncryptionAlgorithm")
        )
    }

    package typealias Answer = Encrypt.Answer

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let (source, sourceVersion) = try await resolveSource(call, in: service)
        let target = try await service.resolve(destination, demanding: Self.demands, call)
        try service.permit("ReEncryptFrom", on: [source.resource], call)
        try service.permit("ReEncryptTo", on: [target.resource], call)
        let sourceKey = try source.existing()
        let targetKey = try target.existing()
        try service.judge(sourceKey, by: Self.demands, call)
        try service.judge(targetKey, by: Self.demands, call)
        let opened = try await open(sourceKey, sourceVersion, call, in: service)
        // Charged last: a ciphertext that does not open must leave no trace on the destination.
        let targetVersion = try await service.encryptingVersion(of: targetKey, call)
        let sealed = try await service.seal(opened.plaintext, under: targetVersion, destinationContext, call)
        return Answer(keyID: sourceKey.id, keyVersionID: opened.version, ciphertextBlob: sealed)
    }

    private func resolveSource(
        _ call: Call,
        in service: KeyService
    ) async throws(KMSError) -> (key: ResolvedKey, version: KeyVersion?) {
        switch source {
        case .symmetric(let blob, _): return try await service.resolve(blob, call)
        case .asymmetric(_, let key, _, _):
            return (try await service.resolve(key, demanding: KeyDemands(.enabled), call), nil)
        }
    }

    private struct Opened: ~Copyable {
        let plaintext: SecretBytes
        let version: KeyVersionID
    }

    private func open(
        _ key: Key,
        _ version: KeyVersion?,
        _ call: Call,
        in service: KeyService
    ) async throws(KMSError) -> Opened {
        switch source {
        case .symmetric(let blob, let context):
            guard let version else { throw .keyNotFound }
            return Opened(plaintext: try await service.open(blob, under: version, context, call), version: version.id)
        case .asymmetric(let ciphertext, _, let id, let algorithm):
            let version = try await service.asymmetricVersion(id, of: key, call)
            try version.demand(algorithm)
            let plaintext = try await service.decrypt(ciphertext, with: algorithm, under: version)
            return Opened(plaintext: plaintext.withBytes { Base64.encode($0) }, version: version.id)
        }
    }
}
