package import KMSCore
internal import KMSCrypto
internal import Synchronization

/// Key material sealed under a root key, opened and worked with in this process and on the caller's own thread.
///
/// Opened keys are kept, so that warm work opens no record.
package final class SynchronousVault: Sendable {
    private let level: ProtectionLevel
    private let backend: String
    let records: VersionRecords
    let imports: MaterialImport
    private let openedSecrets: Mutex<OpenedVersions<SecretBox>>
    private let openedPairs: Mutex<OpenedVersions<PrivateKey>>

    /// - Parameters:
    ///   - level: of the keys that this vault holds.
    ///   - backend: the name by which their versions know it.
    ///   - cacheLimit: how many versions of either kind stay opened at once, at least 1.
    package init(root: RootKeyRing, level: ProtectionLevel, backend: String, cacheLimit: Int = 10_000) {
        self.level = level
        self.backend = backend
        records = VersionRecords(under: root)
        imports = MaterialImport(root: root)
        openedSecrets = Mutex(OpenedVersions(limit: cacheLimit))
        openedPairs = Mutex(OpenedVersions(limit: cacheLimit))
    }

    func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder? {
        level == self.level ? KeyHolder(backend: backend, algorithm: spec.algorithm(at: level)) : nil
    }

    func makeVersion(_ identity: VersionIdentity, at now: Timestamp) throws(VaultError) -> KeyVersion {
        try check(identity)
        guard let algorithm = identity.algorithm else {
            return try makeVersion(identity, of: try Self.makePair(identity.spec), at: now)
        }
        let material: SecretBytes
        do { material = try RandomBytes.secret(byteCount: algorithm.keyByteCount) } catch {
            throw .unavailable(error.description)
        }
        return KeyVersion(
            identity: identity,
            createdAt: now,
            sealedMaterial: try records.seal(material, as: identity, nil)
        )
    }

    func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) throws(VaultError) -> CiphertextBlob {
        guard let algorithm = version.identity.algorithm else { throw .refused }
        let key = try key(of: version)
        let data = CiphertextBlob.associatedData(algorithm, version.id, context)
        let overhead = CiphertextBlob.headerByteCount + algorithm.nonceByteCount + CiphertextBlob.tagByteCount
        var bytes: [UInt8] = []
        bytes.reserveCapacity(overhead + plaintext.byteCount)
        // Associated data begin with the ciphertext's own header.
        bytes.append(contentsOf: data.prefix(CiphertextBlob.headerByteCount))
        do {
            let nonce = try algorithm.makeNonce()
            bytes.append(contentsOf: nonce)
            try plaintext.withBytes { plaintext throws(CryptoError) in
                try key.withBytes { key throws(CryptoError) in
                    try algorithm.seal(plaintext, key: key, nonce: nonce[...], authenticating: data, into: &bytes)
                }
            }
        } catch { throw .unavailable(error.description) }
        guard let blob = CiphertextBlob(parsing: bytes) else { throw .unavailable("A ciphertext does not parse.") }
        return blob
    }

    func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) throws(VaultError) -> SecretBytes {
        // Before any key is touched: what the ciphertext says of itself must be what the version is.
        guard blob.version == version.id, blob.algorithm == version.identity.algorithm else { throw .refused }
        let key = try key(of: version)
        let data = CiphertextBlob.associatedData(blob.algorithm, version.id, context)
        let body = blob.body
        do {
            return try key.withBytes { key throws(AuthenticationFailure) in
                try blob.algorithm.open(
                    body.dropFirst(blob.algorithm.nonceByteCount),
                    key: key,
                    nonce: body.prefix(blob.algorithm.nonceByteCount),
                    authenticating: data
                )
            }
        } catch { throw .refused }
    }

    func forget(_ versions: [KeyVersionID]) {
        openedSecrets.withLock { $0.forget(versions) }
        openedPairs.withLock { $0.forget(versions) }
    }

    /// How many versions are opened now.
    var openedCount: Int { openedSecrets.withLock { $0.count } + openedPairs.withLock { $0.count } }

    private func key(of version: KeyVersion) throws(VaultError) -> SecretBox {
        let (known, forgettings) = openedSecrets.withLock { ($0.key(of: version), $0.forgettings) }
        if let known { return known }
        try check(version.identity)
        let material = try records.open(version, nil)
        guard material.byteCount == version.identity.algorithm?.keyByteCount else {
            throw .unavailable("The material of key version \(version.id) has a wrong length.")
        }
        let key = SecretBox(material)
        openedSecrets.withLock { $0.remember(key, of: version, openedAt: forgettings) }
        return key
    }

    /// The opened pair of exactly this version.
    func opened(_ version: KeyVersion) -> PrivateKey? { openedPairs.withLock { $0.key(of: version) } }

    var pairForgettings: UInt64 { openedPairs.withLock { $0.forgettings } }

    func remember(_ key: PrivateKey, of version: KeyVersion, openedAt forgettings: UInt64) {
        openedPairs.withLock { $0.remember(key, of: version, openedAt: forgettings) }
    }

    func check(_ level: ProtectionLevel, _ backend: String) throws(VaultError) {
        guard backend == self.backend, level == self.level else {
            throw .unavailable(
                "The vault \(self.backend) holds \(self.level.rawValue) keys, and none of \(level.rawValue) in \(backend)."
            )
        }
    }

    func check(_ identity: VersionIdentity) throws(VaultError) {
        try check(identity.level, identity.backend)
        guard identity.algorithm == identity.spec.algorithm(at: level) else {
            throw .unavailable("Key version \(identity.id) names an algorithm that its spec does not have.")
        }
    }
}
