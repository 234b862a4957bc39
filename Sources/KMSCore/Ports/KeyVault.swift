/// Who holds key material: makes it, keeps it sealed, and works with it. One implementation per protection level.
///
/// Lengths and structure are checked before a key is touched; a ciphertext that does not authenticate has one
/// face, ``VaultError/refused``, whatever was wrong with it.
package protocol KeyVault: Sendable {
    /// How ciphertexts of keys of this spec are made here, or nil where the vault cannot hold such keys.
    func algorithm(for spec: KeySpec) -> CiphertextAlgorithm?
    /// Makes new material and seals it, bound to `identity`.
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
    /// Random bytes fit to be key material.
    func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes
    /// Wipes what the vault remembers of these versions.
    func forget(_ versions: [KeyVersionID])
}

/// Why a vault did not do what it was asked to.
package enum VaultError: Error, Sendable, Equatable {
    /// The ciphertext is not this version's, was changed, or was made in another context.
    case refused
    /// The version's sealed material cannot be opened, or the holder does not work. The text is for the log.
    case unavailable(String)
}
