package import KMSCore
internal import KMSCrypto
internal import Synchronization

/// HSM keys in a PKCS#11 token: drawn there, wrapped under a key that never leaves it, and used there.
///
/// The database has each key as the token wrapped it, sealed once more under the root key. A key in use is an object of
/// a session, gone with it; the token itself keeps one key alone. Every call of the module is made by the workers.
package final class PKCS11Vault: KeyVault {
    /// The name of the backend, in what its versions authenticate.
    package let backend: String
    let wrappingKey: WrappingKey
    let vendor: VendorMechanisms
    let workers: any WorkerPool
    let versionRecords: VersionRecords
    let pairRecords: RecordSealer
    let checkRecords: RecordSealer
    let opened: Mutex<OpenedVersions<TokenKey>>
    private let found = Mutex<TokenAbilities?>(nil)

    /// - Parameters:
    ///   - backend: the row that `backend init` made.
    ///   - workers: who calls the module; as many threads as there are sessions, for more only wait.
    ///   - cacheLimit: how many keys stay in the token at once, at least 1.
    package init(
        _ token: PKCS11Token,
        _ backend: Backend,
        vendor: VendorMechanisms = VendorMechanisms(),
        root: RootKeyRing,
        workers: any WorkerPool,
        cacheLimit: Int = 1_000
    ) {
        self.backend = backend.name
        wrappingKey = WrappingKey(token, of: backend)
        self.vendor = vendor
        self.workers = workers
        versionRecords = VersionRecords(under: root)
        pairRecords = RecordSealer(.importPair, under: root)
        checkRecords = RecordSealer(.materialCheck, under: root)
        opened = Mutex(OpenedVersions(limit: cacheLimit))
    }

    /// Has the token show what it can do. Before that, new keys are meant for it and cannot be made.
    ///
    /// - Returns: what it cannot do, in sentences for the operator.
    package func examine() throws(PKCS11Error) -> [String] {
        let abilities = try perform { (keys) throws(PKCS11Error) in try TokenAbilities(of: keys) }
        let remarks = try abilities.remarks + wrappingKey.weaknesses()
        found.withLock { $0 = abilities }
        return remarks
    }

    var abilities: TokenAbilities? { found.withLock { $0 } }

    package var isExamined: Bool { abilities != nil }

    package func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder? {
        guard level == .hsm, TokenKeyKind(spec, vendor) != nil, abilities?.specs.contains(spec) ?? true,
            Self.serves(usage, of: spec)
        else { return nil }
        return KeyHolder(backend: backend, algorithm: spec.algorithm(at: .hsm))
    }

    /// Vendors do not agree on how SM2 decrypts: whatever were encrypted to such a key would never open.
    private static func serves(_ usage: KeyUsage, of spec: KeySpec) -> Bool { spec != .ecSM2 || usage == .signVerify }

    package func makeVersion(_ identity: VersionIdentity, at now: Timestamp) async throws(VaultError) -> KeyVersion {
        try check(identity)
        guard let abilities else { throw .unavailable("The token of \(backend) has not been there yet.") }
        guard abilities.specs.contains(identity.spec), Self.serves(identity.usage, of: identity.spec) else {
            throw .unavailable(
                "\(backend) holds no keys of spec \(identity.spec.rawValue) to \(identity.usage.rawValue)."
            )
        }
        let made = try await work { (keys) throws(PKCS11Error) in try keys.make(identity.spec) }
        return KeyVersion(
            identity: identity,
            createdAt: now,
            publicKey: made.publicKey?.der,
            sealedMaterial: try versionRecords.seal(
                SecretBytes(copying: made.blob.bytes),
                as: identity,
                made.publicKey?.der
            )
        )
    }

    package func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob {
        guard let algorithm = version.identity.algorithm else { throw .refused }
        let known = try knownKey(of: version)
        let data = CiphertextBlob.associatedData(algorithm, version.id, context)
        let nonce: [UInt8]
        do { nonce = try algorithm.makeNonce() } catch { throw .unavailable(error.description) }
        let secret = plaintext.withBytes { SecretBox(SecretBytes(copying: $0)) }
        let spec = version.identity.spec
        let sealed = try await work { (keys) throws(PKCS11Error) in
            let key = try self.key(known, of: version, keys)
            return try keys.seal(secret, under: key, spec, nonce: nonce, authenticating: data)
        }
        // Associated data begin with the ciphertext's own header.
        let bytes = data.prefix(CiphertextBlob.headerByteCount) + nonce + sealed
        guard let blob = CiphertextBlob(parsing: Array(bytes)) else {
            throw .unavailable("A ciphertext does not parse.")
        }
        return blob
    }

    package func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes {
        // Before any key is touched: what the ciphertext says of itself must be what the version is.
        guard blob.version == version.id, blob.algorithm == version.identity.algorithm else { throw .refused }
        let known = try knownKey(of: version)
        let data = CiphertextBlob.associatedData(blob.algorithm, version.id, context)
        let nonce = Array(blob.body.prefix(blob.algorithm.nonceByteCount))
        // Encrypt never uses it: it is for check values alone.
        guard nonce.contains(where: { $0 != 0 }) else { throw .refused }
        let sealed = blob.body.dropFirst(nonce.count)
        let spec = version.identity.spec
        let secret = try await work { (keys) throws(PKCS11Error) in
            let key = try self.key(known, of: version, keys)
            return try keys.open(sealed, under: key, spec, nonce: nonce, authenticating: data)
        }
        guard let secret else { throw .refused }
        return secret.withBytes { SecretBytes(copying: $0) }
    }

    package func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes {
        do { return try RandomBytes.secret(byteCount: byteCount) } catch { throw .unavailable(error.description) }
    }

    package func forget(_ versions: [KeyVersionID]) { opened.withLock { $0.forget(versions) } }

    /// How many keys stay in the token now.
    package var openedCount: Int { opened.withLock { $0.count } }
}
