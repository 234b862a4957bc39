/// What is done with key material, in the words of the API's errors.
extension KeyService {
    /// The version of a key that encrypts the next message, charged for it.
    ///
    /// A version whose messages are used up is followed by a new one where the key can have versions. A dry run charges
    /// nothing.
    package func encryptingVersion(of key: Key, _ call: Call) async throws(KMSError) -> KeyVersion {
        var key = key
        for _ in 0..<Self.attempts {
            let version = try await primaryVersion(of: key)
            guard version.identity.algorithm?.isMetered == true, !call.isDryRun else { return version }
            if try await charge(version.id) { return version }
            guard key.canRotate else {
                throw .limitExceeded("The key has encrypted all the messages that are safe under it: use another key.")
            }
            try await replaceSpentVersion(of: key)
            let id = key.id
            let namespace = key.namespace
            let current = try await reading { () async throws(StoreError) in try await store.key(id, in: namespace) }
            guard let current else { throw .keyNotFound }
            key = current
        }
        throw .throttled(retryAfter: 100)
    }

    private func charge(_ version: KeyVersionID) async throws(KMSError) -> Bool {
        do { return try await meter.take(of: version, reservingIn: store) } catch {
            throw .unavailable("The meter of key version \(version) cannot be kept: \(error)")
        }
    }

    private func replaceSpentVersion(of key: Key) async throws(KMSError) {
        do { try await Upkeep(self).replaceSpentVersion(of: key) } catch StoreError.conflict {
            return  // Somebody changed the key; perhaps it has its new version already.
        } catch { throw .unavailable("Key \(key.id) needs a new version and cannot be given one: \(error)") }
    }

    /// The primary version of a key that encrypts.
    func primaryVersion(of key: Key) async throws(KMSError) -> KeyVersion {
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
        // Imported material may have been deleted since the key's state was judged.
        guard version.sealedMaterial != nil else { throw .rejected(.pendingImport) }
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
        guard blob.algorithm == version.identity.algorithm else { throw Self.failure(.refused) }
        guard version.sealedMaterial != nil else { throw .rejected(.pendingImport) }
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
        case .busy: .busy
        case .unavailable(let cause): .unavailable("Key material cannot be used: \(cause)")
        }
    }
}
