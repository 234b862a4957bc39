package import KMSCore
internal import KMSCrypto

/// Key material sealed under the root key in the database, opened in this process: the protection level SOFTWARE.
///
/// Symmetric keys are worked with where the caller is, without suspending; everything that takes long is done by the
/// workers.
package final class SoftwareVault: KeyVault {
    /// Names the holder of SOFTWARE keys in what sealed versions authenticate.
    package static let backend = "software"

    private let core: SynchronousVault
    private let workers: any WorkerPool
    private let makers: any WorkerPool
    private let readyPairs: ReadyKeyPairs?

    /// - Parameters:
    ///   - workers: who works with private keys.
    ///   - makers: who makes key pairs, which takes long: others, so that nobody's signature waits for it; the workers
    ///     where none are given.
    ///   - readyPairs: pairs made ahead of time; without them each is made when it is asked for.
    ///   - level: of the keys that this vault holds.
    ///   - backend: the name by which their versions know it.
    ///   - cacheLimit: how many versions of either kind stay opened at once, at least 1.
    package init(
        root: RootKeyRing,
        workers: any WorkerPool,
        makers: (any WorkerPool)? = nil,
        readyPairs: ReadyKeyPairs? = nil,
        level: ProtectionLevel = .software,
        backend: String = SoftwareVault.backend,
        cacheLimit: Int = 10_000
    ) {
        core = SynchronousVault(root: root, level: level, backend: backend, cacheLimit: cacheLimit)
        self.workers = workers
        self.makers = makers ?? workers
        self.readyPairs = readyPairs
    }

    /// How many versions are opened now.
    package var openedCount: Int { core.openedCount }

    package func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder? {
        core.holder(of: spec, for: usage, level: level)
    }

    package func makeVersion(
        _ identity: VersionIdentity,
        at now: Timestamp
    ) async throws(VaultError) -> KeyVersion {
        try core.check(identity)
        guard identity.algorithm == nil else { return try core.makeVersion(identity, at: now) }
        return try core.makeVersion(identity, of: try await makePair(identity.spec), at: now)
    }

    package func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob {
        try core.seal(plaintext, under: version, authenticating: context)
    }

    package func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes {
        try core.open(blob, under: version, authenticating: context)
    }

    package func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8] {
        if let known = core.knownPublicKey(of: version) { return known }
        return try await work(workers) { core throws(VaultError) in try core.publicKey(of: version) }
    }

    package func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] {
        try await work(workers) { core throws(VaultError) in
            try core.sign(digest, with: algorithm, under: version)
        }
    }

    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox {
        try await work(workers) { core throws(VaultError) in
            try core.decrypt(ciphertext, with: algorithm, under: version)
        }
    }

    package func makeImportPair(_ identity: ImportPairIdentity) async throws(VaultError) -> ImportPair {
        try core.check(identity.level, identity.backend)
        return try core.makeImportPair(identity, of: try await makePair(identity.spec.keySpec))
    }

    package func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(VaultError) -> KeyVersion {
        try await work(workers) { core throws(VaultError) in
            try core.importMaterial(wrapped, under: importPair, into: version)
        }
    }

    package func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes {
        do { return try RandomBytes.secret(byteCount: byteCount) } catch { throw .unavailable(error.description) }
    }

    package func forget(_ versions: [KeyVersionID]) { core.forget(versions) }

    /// A pair of its own: a ready one if there is one.
    private func makePair(_ spec: KeySpec) async throws(VaultError) -> PrivateKey {
        if spec == ReadyKeyPairs.spec, let pair = readyPairs?.take() { return pair }
        return try await work(makers) { _ throws(VaultError) in try SynchronousVault.makePair(spec) }
    }

    private func work<Value: Sendable>(
        _ pool: any WorkerPool,
        _ body: @escaping @Sendable (SynchronousVault) throws(VaultError) -> Value
    ) async throws(VaultError) -> Value {
        let result: Result<Value, VaultError>
        do {
            result = try await pool.run { [core] in
                do throws(VaultError) { return .success(try body(core)) } catch { return .failure(error) }
            }
        } catch { throw .busy }
        return try result.get()
    }
}
