/// Who holds key material: makes it, keeps it sealed, and works with it. One implementation per way of holding it.
///
/// Lengths and structure are checked before a key is touched; a ciphertext that does not authenticate has one
/// face, ``VaultError/refused``, whatever was wrong with it.
package protocol KeyVault: ImportVault {
    /// Who takes new keys of this spec, usage and level, or nil where nobody does.
    func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder?
    /// The holder of that name, where it is plugged in and takes further versions of this kind: a key's
    /// versions stay where its first one is, whoever takes new keys now.
    func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel, in backend: String) -> KeyHolder?
    /// Makes new material and seals it, bound to `identity`. An asymmetric version has its public key beside it.
    func makeVersion(_ identity: VersionIdentity, at now: Timestamp) async throws(VaultError) -> KeyVersion
    /// Encrypts with a nonce of its own making. Does not suspend when the version is warm.
    func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob
    /// Decrypts what ``seal(_:under:authenticating:)`` made. Does not suspend when the version is warm.
    func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes
    /// The public key of an asymmetric version: the very one that its material was sealed with, whatever the version
    /// says, so that nobody encrypts to a key that was put in its place.
    func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8]
    /// Signs a digest of ``SignatureAlgorithm/digestByteCount`` bytes under an asymmetric version whose spec the
    /// algorithm fits. ECDSA and SM2 signatures are DER.
    func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8]
    /// Decrypts what was encrypted to the public key of an asymmetric version whose spec the algorithm fits.
    func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox
    /// Random bytes fit to be key material.
    func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes
    /// Wipes what the vault remembers of these versions.
    func forget(_ versions: [KeyVersionID])
}

extension KeyVault {
    package func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel, in backend: String) -> KeyHolder?
    {
        holder(of: spec, for: usage, level: level).flatMap { $0.backend == backend ? $0 : nil }
    }
}

/// Who holds the material of new keys.
package struct KeyHolder: Sendable, Equatable {
    /// Names the holder among all of a server: part of what its sealed versions authenticate.
    package let backend: String
    /// How ciphertexts of such keys are made; nil for asymmetric keys.
    package let algorithm: CiphertextAlgorithm?

    package init(backend: String, algorithm: CiphertextAlgorithm?) {
        self.backend = backend
        self.algorithm = algorithm
    }
}

/// Why a vault did not do what it was asked to.
package enum VaultError: Error, Sendable, Equatable {
    /// The ciphertext is not this version's, was changed, or was made in another context.
    case refused
    /// Too much work waits already; nothing was done.
    case busy
    /// The version's sealed material cannot be opened, or the holder does not work. The text is for the log.
    case unavailable(String)
}
