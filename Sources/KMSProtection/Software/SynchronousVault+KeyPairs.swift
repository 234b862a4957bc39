internal import KMSCore
internal import KMSCrypto

/// Asymmetric keys: private numbers sealed, opened once and kept in the form in which they work fast.
extension SynchronousVault {
    func publicKey(of version: KeyVersion) throws(VaultError) -> [UInt8] { try privateKey(of: version).publicKey.der }

    /// The public key of a version that is opened already; nil of every other.
    func knownPublicKey(of version: KeyVersion) -> [UInt8]? { opened(version)?.publicKey.der }

    func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) throws(VaultError) -> [UInt8] {
        guard algorithm.fits(version.identity.spec), digest.count == SignatureAlgorithm.digestByteCount else {
            throw .refused
        }
        let key = try privateKey(of: version)
        do { return try key.sign(digest, with: algorithm) } catch { throw .unavailable(error.description) }
    }

    func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) throws(VaultError) -> SecretBox {
        guard let byteCounts = algorithm.ciphertextByteCounts(for: version.identity.spec),
            byteCounts.contains(ciphertext.count)
        else { throw .refused }
        let key = try privateKey(of: version)
        do { return SecretBox(try key.decrypt(ciphertext, with: algorithm)) } catch { throw .refused }
    }

    /// A new pair, which takes long where the spec is RSA's.
    static func makePair(_ spec: KeySpec) throws(VaultError) -> PrivateKey {
        do { return try PrivateKey.generate(spec) } catch { throw .unavailable(error.description) }
    }

    /// The version of a pair that belongs to nobody else.
    func makeVersion(
        _ identity: VersionIdentity,
        of pair: PrivateKey,
        at now: Timestamp
    ) throws(VaultError) -> KeyVersion {
        try check(identity)
        let publicKey = pair.publicKey.der
        let numbers: SecretBytes
        do { numbers = try pair.numbers() } catch { throw .unavailable(error.description) }
        return KeyVersion(
            identity: identity,
            createdAt: now,
            publicKey: publicKey,
            sealedMaterial: try records.seal(numbers, as: identity, publicKey)
        )
    }

    /// The import pair made of a key pair that belongs to nobody else.
    func makeImportPair(_ identity: ImportPairIdentity, of pair: PrivateKey) throws(VaultError) -> ImportPair {
        try check(identity.level, identity.backend)
        return try imports.seal(pair, as: identity)
    }

    func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) throws(VaultError) -> KeyVersion {
        try check(importPair.identity.level, importPair.identity.backend)
        try check(version.identity)
        return try imports.fill(version, with: wrapped, under: importPair)
    }

    /// The private key of a version, whose public key is then the one that was sealed with it.
    private func privateKey(of version: KeyVersion) throws(VaultError) -> PrivateKey {
        if let known = opened(version) { return known }
        let forgettings = pairForgettings
        let identity = version.identity
        guard !identity.spec.isSymmetric, let publicKey = version.publicKey else {
            throw .unavailable("Key version \(version.id) has no key pair.")
        }
        try check(identity)
        let numbers = try records.open(version, publicKey)
        let key: PrivateKey
        do {
            key = try PrivateKey(
                identity.spec,
                numbers: numbers,
                publicKey: try PublicKey(identity.spec, der: publicKey)
            )
        } catch { throw .unavailable("The material of key version \(version.id) is no private key.") }
        remember(key, of: version, openedAt: forgettings)
        return key
    }
}
