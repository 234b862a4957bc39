/// What is done with the versions of asymmetric keys, in the words of the API's errors.
extension KeyService {
    /// The version of that id, if it is one of `key`.
    package func version(_ id: KeyVersionID, of key: Key, _ call: Call) async throws(KMSError) -> KeyVersion {
        let version = try await reading { () async throws(StoreError) in try await store.version(id) }
        guard let version, version.identity.key == key.id, version.identity.namespace == key.namespace else {
            throw .keyVersionNotFound
        }
        call.touch(key.id, version: version.id)
        return version
    }

    /// A version of an asymmetric key that was found, permitted and in a state that the operation accepts.
    package func asymmetricVersion<O: Operation & ~Copyable>(
        _ id: KeyVersionID,
        of reference: KeyReference,
        for operation: O.Type,
        _ call: Call
    ) async throws(KMSError) -> KeyVersion {
        try await asymmetricVersion(id, of: try await self.key(reference, for: operation, call), call)
    }

    /// A version of a key, which must be an asymmetric one.
    package func asymmetricVersion(
        _ id: KeyVersionID,
        of key: Key,
        _ call: Call
    ) async throws(KMSError) -> KeyVersion {
        guard !key.spec.isSymmetric else {
            throw .unsupportedOperation("A key of spec \(key.spec.rawValue) is symmetric: it has no public key.")
        }
        return try await version(id, of: key, call)
    }

    package func publicKey(of version: KeyVersion) async throws(KMSError) -> [UInt8] {
        do { return try await vault.publicKey(of: version) } catch { throw Self.failure(error) }
    }

    /// Encrypts to the public key of a version; the algorithm and the length must be the spec's.
    package func encrypt(
        _ plaintext: SecretBox,
        with algorithm: EncryptionAlgorithm,
        to version: KeyVersion
    ) async throws(KMSError) -> [UInt8] {
        let publicKey = try await publicKey(of: version)
        return try await encrypt(plaintext, with: algorithm, to: publicKey, of: version.identity.spec)
    }

    package func encrypt(
        _ plaintext: SecretBox,
        with algorithm: EncryptionAlgorithm,
        to publicKey: [UInt8],
        of spec: KeySpec
    ) async throws(KMSError) -> [UInt8] {
        do { return try await publicKeys.encrypt(plaintext, with: algorithm, to: publicKey, of: spec) } catch {
            throw Self.failure(error)
        }
    }

    /// The plaintext of what was encrypted to a version; one answer for everything that does not open.
    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(KMSError) -> SecretBox {
        let refusal = KMSError.invalid(
            "CiphertextBlob",
            "Pass what was encrypted to the public key of this version, unchanged, with the algorithm it was made with."
        )
        guard algorithm.ciphertextByteCounts(for: version.identity.spec)?.contains(ciphertext.count) ?? false else {
            throw refusal
        }
        do { return try await vault.decrypt(ciphertext, with: algorithm, under: version) } catch .refused {
            throw refusal
        } catch { throw Self.failure(error) }
    }

    package func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(KMSError) -> [UInt8] {
        do { return try await vault.sign(digest, with: algorithm, under: version) } catch { throw Self.failure(error) }
    }

    /// Whether a version made the signature; one of a length that it never makes is none.
    package func verify(
        _ signature: [UInt8],
        of digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        by version: KeyVersion
    ) async throws(KMSError) -> Bool {
        let spec = version.identity.spec
        guard algorithm.signatureByteCounts(for: spec)?.contains(signature.count) ?? false else { return false }
        let publicKey = try await publicKey(of: version)
        do {
            return try await publicKeys.verify(signature, of: digest, with: algorithm, by: publicKey, of: spec)
        } catch { throw Self.failure(error) }
    }

    static func failure(_ error: PublicKeyError) -> KMSError {
        switch error {
        case .invalidKey: .internalFailure("A public key of this service is none.")
        case .busy: .busy
        case .unavailable(let cause): .unavailable("A public key cannot be used: \(cause)")
        }
    }
}

extension KeyVersion {
    /// Refuses an algorithm that this version does not encrypt with.
    package func demand(_ algorithm: EncryptionAlgorithm) throws(KMSError) {
        guard identity.usage == .encryptDecrypt else { throw Self.wrongUsage(identity) }
        guard algorithm.fits(identity.spec) else {
            throw Self.wrongAlgorithm(
                identity,
                EncryptionAlgorithm.allCases.filter { $0.fits(identity.spec) && $0 != .rsaesPKCS1 }.map(\.rawValue)
            )
        }
    }

    /// Refuses an algorithm that this version does not sign with.
    package func demand(_ algorithm: SignatureAlgorithm) throws(KMSError) {
        guard identity.usage == .signVerify else { throw Self.wrongUsage(identity) }
        guard algorithm.fits(identity.spec) else {
            throw Self.wrongAlgorithm(
                identity,
                SignatureAlgorithm.allCases.filter { $0.fits(identity.spec) }.map(\.rawValue)
            )
        }
    }

    private static func wrongUsage(_ identity: VersionIdentity) -> KMSError {
        .rejectedUnsupportedOperation("The key's usage is \(identity.usage.rawValue).")
    }

    private static func wrongAlgorithm(_ identity: VersionIdentity, _ right: [String]) -> KMSError {
        .rejectedUnsupportedOperation(
            "For a key of spec \(identity.spec.rawValue), Algorithm is \(right.joined(separator: " or "))."
        )
    }
}
