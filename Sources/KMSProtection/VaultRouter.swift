package import KMSCore

/// Several vaults as one: each version goes to the vault that its backend names.
package struct VaultRouter: KeyVault {
    /// In the order in which they are asked to take new keys.
    private let vaults: [(backend: String, vault: any KeyVault)]
    private let first: any KeyVault

    /// - Parameters:
    ///   - first: asked first to take new keys, and the source of random secrets.
    ///   - others: the other vaults by the names of their backends, all different.
    package init(_ first: (backend: String, vault: any KeyVault), _ others: [(backend: String, vault: any KeyVault)]) {
        self.first = first.vault
        vaults = [first] + others
    }

    package func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder? {
        for entry in vaults {
            if let holder = entry.vault.holder(of: spec, for: usage, level: level) { return holder }
        }
        return nil
    }

    package func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel, in backend: String) -> KeyHolder?
    {
        vaults.first { $0.backend == backend }?.vault.holder(of: spec, for: usage, level: level)
    }

    private func vault(of identity: VersionIdentity) throws(VaultError) -> any KeyVault {
        try vault(identity.backend, of: "Key version \(identity.id)")
    }

    private func vault(
        _ backend: String,
        of subject: @autoclosure () -> String
    ) throws(VaultError) -> any KeyVault {
        for entry in vaults where entry.backend == backend { return entry.vault }
        throw .unavailable("\(subject()) is held by \(backend), which is not plugged in.")
    }

    package func makeVersion(_ identity: VersionIdentity, at now: Timestamp) async throws(VaultError) -> KeyVersion {
        try await vault(of: identity).makeVersion(identity, at: now)
    }

    package func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob {
        try await vault(of: version.identity).seal(plaintext, under: version, authenticating: context)
    }

    package func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes {
        try await vault(of: version.identity).open(blob, under: version, authenticating: context)
    }

    package func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8] {
        try await vault(of: version.identity).publicKey(of: version)
    }

    package func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] {
        try await vault(of: version.identity).sign(digest, with: algorithm, under: version)
    }

    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox {
        try await vault(of: version.identity).decrypt(ciphertext, with: algorithm, under: version)
    }

    package func takes(_ algorithm: EncryptionAlgorithm, in backend: String) -> Bool {
        // Of one that is not plugged in nothing is known: who asks for a pair will be told.
        vaults.first { $0.backend == backend }?.vault.takes(algorithm, in: backend) ?? true
    }

    package func makeImportPair(_ identity: ImportPairIdentity) async throws(VaultError) -> ImportPair {
        try await vault(identity.backend, of: "Import token \(identity.id)").makeImportPair(identity)
    }

    package func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(VaultError) -> KeyVersion {
        try await vault(of: version.identity).importMaterial(wrapped, under: importPair, into: version)
    }

    package func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes {
        try first.randomSecret(byteCount: byteCount)
    }

    package func forget(_ versions: [KeyVersionID]) {
        for entry in vaults { entry.vault.forget(versions) }
    }
}
