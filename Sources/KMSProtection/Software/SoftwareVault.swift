package import KMSCore
package import KMSCrypto
internal import Synchronization

/// The protection level SOFTWARE: material sealed under the root key in the database, opened in this process.
///
/// Opened keys are kept, so that a warm request neither opens a record nor suspends.
package final class SoftwareVault: KeyVault {
    /// Names this holder in what sealed versions authenticate.
    package static let backend = "software"
    private static let keyByteCount = 32

    private let records: RecordSealer
    private let opened: Mutex<OpenedVersions>

    /// - Parameter cacheLimit: how many versions stay opened at once, at least 1.
    package init(root: RootKey, cacheLimit: Int = 10_000) throws(CryptoError) {
        records = try RecordSealer(.keyVersion, under: root)
        opened = Mutex(OpenedVersions(limit: cacheLimit))
    }

    package func holder(of spec: KeySpec, level: ProtectionLevel) -> KeyHolder? {
        guard level == .software, let algorithm = Self.algorithm(for: spec) else { return nil }
        return KeyHolder(backend: Self.backend, algorithm: algorithm)
    }

    private static func algorithm(for spec: KeySpec) -> CiphertextAlgorithm? {
        spec == .aes256 ? .xaes256GCM : nil
    }

    package func makeVersion(
        _ identity: VersionIdentity,
        at now: Timestamp
    ) async throws(VaultError) -> KeyVersion {
        try check(identity)
        let material = try randomSecret(byteCount: Self.keyByteCount)
        let sealed = try records.seal(material, binding: Self.fields(of: identity))
        return KeyVersion(identity: identity, createdAt: now, sealedMaterial: sealed)
    }

    package func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob {
        let key = try key(of: version)
        guard let algorithm = version.identity.algorithm else { throw .refused }
        let data = CiphertextBlob.associatedData(algorithm, version.id, context)
        let overhead = CiphertextBlob.headerByteCount + algorithm.nonceByteCount + CiphertextBlob.tagByteCount
        var bytes: [UInt8] = []
        bytes.reserveCapacity(overhead + plaintext.byteCount)
        // Associated data begin with the ciphertext's own header.
        bytes.append(contentsOf: data.prefix(CiphertextBlob.headerByteCount))
        do {
            let nonce = try RandomBytes.bytes(count: algorithm.nonceByteCount)
            bytes.append(contentsOf: nonce)
            try plaintext.withBytes { plaintext throws(CryptoError) in
                try key.withBytes { key throws(CryptoError) in
                    try AESGCM.seal(
                        plaintext,
                        .extended,
                        key: key,
                        nonce: nonce[...],
                        authenticating: data,
                        into: &bytes
                    )
                }
            }
        } catch { throw .unavailable(error.description) }
        guard let blob = CiphertextBlob(parsing: bytes) else { throw .unavailable("A ciphertext does not parse.") }
        return blob
    }

    package func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes {
        // Before any key is touched: what the ciphertext says of itself must be what the version is.
        guard blob.version == version.id, blob.algorithm == version.identity.algorithm else { throw .refused }
        let key = try key(of: version)
        let data = CiphertextBlob.associatedData(blob.algorithm, version.id, context)
        let body = blob.body
        do {
            return try key.withBytes { key throws(AuthenticationFailure) in
                try AESGCM.open(
                    body.dropFirst(blob.algorithm.nonceByteCount),
                    .extended,
                    key: key,
                    nonce: body.prefix(blob.algorithm.nonceByteCount),
                    authenticating: data
                )
            }
        } catch { throw .refused }
    }

    package func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] {
        throw Self.notHeld(version.identity)
    }

    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBytes {
        throw Self.notHeld(version.identity)
    }

    package func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes {
        do { return try RandomBytes.secret(byteCount: byteCount) } catch { throw .unavailable(error.description) }
    }

    package func forget(_ versions: [KeyVersionID]) {
        opened.withLock { $0.forget(versions) }
    }

    /// How many versions are opened now.
    package var openedCount: Int { opened.withLock { $0.count } }

    private func key(of version: KeyVersion) throws(VaultError) -> SecretBox {
        let (known, forgettings) = opened.withLock { ($0.key(of: version), $0.forgettings) }
        if let known { return known }
        try check(version.identity)
        guard let sealed = version.sealedMaterial else {
            throw .unavailable("Key version \(version.id) has no material.")
        }
        let material: SecretBytes
        do {
            material = try records.open(sealed, binding: Self.fields(of: version.identity))
        } catch .refused {
            throw .unavailable("The sealed material of key version \(version.id) does not open.")
        }
        guard material.byteCount == Self.keyByteCount else {
            throw .unavailable("The material of key version \(version.id) has a wrong length.")
        }
        let key = SecretBox(material)
        opened.withLock { $0.remember(key, of: version, openedAt: forgettings) }
        return key
    }

    private func check(_ identity: VersionIdentity) throws(VaultError) {
        guard identity.backend == Self.backend, identity.level == .software,
            let algorithm = Self.algorithm(for: identity.spec)
        else { throw Self.notHeld(identity) }
        guard identity.algorithm == algorithm else {
            throw .unavailable("Key version \(identity.id) names an algorithm that its spec does not have.")
        }
    }

    private static func notHeld(_ identity: VersionIdentity) -> VaultError {
        .unavailable("Software protection holds no \(identity.level.rawValue) \(identity.spec.rawValue) keys.")
    }

    private static func fields(of identity: VersionIdentity) -> [[UInt8]] {
        RecordFields.keyVersion(identity, publicKeyDigest: [])
    }
}
