package import KMSCore
internal import KMSCrypto

/// Asymmetric keys: private numbers sealed, opened once and kept in the form in which they work fast. Everything that
/// takes long is done by the workers.
extension SoftwareVault {
    package func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8] {
        if let known = opened(version) { return known.publicKey.der }
        return try await work { () throws(VaultError) in try self.privateKey(of: version).publicKey.der }
    }

    package func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] {
        guard algorithm.fits(version.identity.spec), digest.count == SignatureAlgorithm.digestByteCount else {
            throw .refused
        }
        return try await work { () throws(VaultError) in
            let key = try self.privateKey(of: version)
            do throws(CryptoError) { return try key.sign(digest, with: algorithm) } catch {
                throw .unavailable(error.description)
            }
        }
    }

    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox {
        guard let byteCounts = algorithm.ciphertextByteCounts(for: version.identity.spec),
            byteCounts.contains(ciphertext.count)
        else { throw .refused }
        return try await work { () throws(VaultError) in
            let key = try self.privateKey(of: version)
            do { return SecretBox(try key.decrypt(ciphertext, with: algorithm)) } catch { throw .refused }
        }
    }

    /// A pair of its own: a ready one if there is one.
    func makePair(_ spec: KeySpec) async throws(VaultError) -> PrivateKey {
        if spec == ReadyKeyPairs.spec, let pair = readyPairs?.take() { return pair }
        return try await work(makers) { () throws(VaultError) in
            do throws(CryptoError) { return try PrivateKey.generate(spec) } catch {
                throw .unavailable(error.description)
            }
        }
    }

    func makeKeyPairVersion(_ identity: VersionIdentity, at now: Timestamp) async throws(VaultError) -> KeyVersion {
        let pair = try await makePair(identity.spec)
        let publicKey = pair.publicKey.der
        let numbers: SecretBytes
        do { numbers = try pair.numbers() } catch { throw .unavailable(error.description) }
        return KeyVersion(
            identity: identity,
            createdAt: now,
            publicKey: publicKey,
            sealedMaterial: try seal(numbers, as: identity, publicKey)
        )
    }

    /// The private key of a version, whose public key is then the one that was sealed with it.
    private func privateKey(of version: KeyVersion) throws(VaultError) -> PrivateKey {
        if let known = opened(version) { return known }
        let forgettings = pairForgettings
        let identity = version.identity
        guard !identity.spec.isSymmetric, let publicKey = version.publicKey else {
            throw .unavailable("Key version \(version.id) has no key pair.")
        }
        let numbers = try material(of: version, publicKey)
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

    /// Has the workers do something, or the pool that is named.
    func work<Value: Sendable>(
        _ pool: (any WorkerPool)? = nil,
        _ body: @escaping @Sendable () throws(VaultError) -> Value
    ) async throws(VaultError) -> Value {
        let result: Result<Value, VaultError>
        do { result = try await (pool ?? workers).run { Result(catching: body) } } catch { throw .busy }
        return try result.get()
    }
}
