/// What is done with key material, in the words of the API's errors.
extension KeyService {
    /// The primary version of a key that encrypts.
    package func primaryVersion(of key: Key) async throws(KMSError) -> KeyVersion {
        guard key.spec.isSymmetric else {
            throw .unsupportedOperation("A key of spec \(key.spec.rawValue) does not encrypt symmetrically.")
        }
        guard let id = key.primaryVersion else { throw .rejected(.pendingImport) }
        let version = try await reading { () async throws(StoreError) in try await store.version(id) }
        guard let version else { throw .internalFailure("The primary version of key \(key.id) is not in the store.") }
        // Whoever can write the database could point the key at a version of theirs, which opens for them.
        guard version.identity.key == key.id, version.identity.namespace == key.namespace else {
            throw .internalFailure("The primary version of key \(key.id) belongs to another key.")
        }
        return version
    }

    package func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        _ context: EncryptionContext,
        _ call: Call
    ) async throws(KMSError) -> CiphertextBlob {
        call.touch(version.identity.key, version: version.id)
        do { return try await vault.seal(plaintext, under: version, authenticating: context) } catch {
            throw Self.failure(error)
        }
    }

    /// The plaintext of a ciphertext; one answer for everything that does not open.
    package func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        _ context: EncryptionContext,
        _ call: Call
    ) async throws(KMSError) -> SecretBytes {
        guard blob.algorithm == version.identity.algorithm, version.sealedMaterial != nil else {
            throw Self.failure(.refused)
        }
        call.touch(version.identity.key, version: version.id)
        do { return try await vault.open(blob, under: version, authenticating: context) } catch {
            throw Self.failure(error)
        }
    }

    package func makeVersion(_ identity: VersionIdentity, at now: Timestamp) async throws(KMSError) -> KeyVersion {
        do { return try await vault.makeVersion(identity, at: now) } catch { throw Self.failure(error) }
    }

    static func failure(_ error: VaultError) -> KMSError {
        switch error {
        case .refused: .invalid("CiphertextBlob", ParameterReader.refusedCiphertext)
        case .unavailable(let cause): .unavailable("Key material cannot be used: \(cause)")
        }
    }
}
