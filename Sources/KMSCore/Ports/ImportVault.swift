/// How the holder of key material takes material that was made elsewhere (manual 4.3).
package protocol ImportVault: Sendable {
    /// Whether the holder of that name unwraps material by `algorithm`.
    func takes(_ algorithm: EncryptionAlgorithm, in backend: String) -> Bool
    /// Draws a pair for one import token. Its private half leaves the vault sealed, bound to `identity`.
    func makeImportPair(_ identity: ImportPairIdentity) async throws(VaultError) -> ImportPair
    /// Unwraps material and gives back `version` with it.
    ///
    /// Where `version` has a ``KeyVersion/sealedCheck``, the material must be the identical one; else it is the first,
    /// and the result has its check. Material that does not unwrap, has a wrong length or is another has one face,
    /// ``VaultError/refused``, and costs the same; with any other error nothing was unwrapped.
    ///
    /// - Parameter wrapped: as long as ``EncryptionAlgorithm/ciphertextByteCounts(for:)`` allows.
    func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(VaultError) -> KeyVersion
}

extension ImportVault {
    package func takes(_ algorithm: EncryptionAlgorithm, in backend: String) -> Bool { true }
}

/// Writes and reads the text of import tokens (`Documentation/ImportTokens.md`).
package protocol ImportTokens: Sendable {
    func token(for identity: ImportPairIdentity) -> String
    /// What a token says that this service made for that key; nil for every other text.
    func claim(in token: ArraySlice<UInt8>, for key: KeyID, in namespace: Namespace) -> ImportTokenClaim?
}

/// What an import token says of itself.
package struct ImportTokenClaim: Sendable, Equatable {
    package let id: ImportTokenID
    package let expiresAt: Timestamp

    package init(id: ImportTokenID, expiresAt: Timestamp) {
        self.id = id
        self.expiresAt = expiresAt
    }
}
