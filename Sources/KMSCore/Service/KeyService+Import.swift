/// What imports of key material share, in the words of the API's errors.
extension KeyService {
    func makeImportPair(_ identity: ImportPairIdentity) async throws(KMSError) -> ImportPair {
        do { return try await vault.makeImportPair(identity) } catch { throw Self.failure(error) }
    }

    /// The pair that a token stands for: made here, for this key, not expired, with tries left.
    func importPair(of token: ArraySlice<UInt8>, for key: Key, _ call: Call) async throws(KMSError) -> ImportPair {
        guard let claim = importTokens.claim(in: token, for: key.id, in: key.namespace) else {
            throw .invalidImportToken
        }
        guard claim.expiresAt > call.arrival else { throw .expiredImportToken }
        let found = try await reading { () async throws(StoreError) in try await store.importPair(claim.id) }
        // Whoever can write the database could put another key's pair there.
        guard let found, found.identity.key == key.id, found.identity.namespace == key.namespace,
            found.identity.backend == key.backend, found.identity.expiresAt == claim.expiresAt
        else { throw .invalidImportToken }
        guard found.triesLeft > 0 else { throw .exhaustedImportToken }
        return found
    }

    /// Takes a try before anything is decrypted, and leaves the request's mark: neither can be had twice.
    func takeImportTry(_ id: ImportTokenID, _ call: Call) async throws(KMSError) {
        do { try await store.apply(Change([.takeImportTry(id)], replay: call.replay)) } catch {
            switch error {
            case .replayed: throw .nonceUsed
            case .noTriesLeft: throw .exhaustedImportToken
            case .conflict: throw .invalidImportToken
            default: throw .internalFailure("A try of an import token cannot be taken: \(error)")
            }
        }
    }

    /// The version that material is to be imported into: the key's own, or a new one before the first import.
    func importTarget(of key: Key, at now: Timestamp) async throws(KMSError) -> KeyVersion {
        guard key.primaryVersion == nil else {
            let version = try await primaryVersion(of: key)
            // Without its check, any material would pass for the identical one.
            guard version.sealedCheck != nil else {
                throw .internalFailure("Version \(version.id) of key \(key.id) has lost its check value.")
            }
            return version
        }
        guard let holder = vault.holder(of: key.spec, for: key.usage, level: key.level, in: key.backend) else {
            throw .internalFailure("Nobody holds material for key \(key.id).")
        }
        let identity = VersionIdentity(id: KeyVersionID(ids.next()), of: key, algorithm: holder.algorithm)
        return KeyVersion(identity: identity, createdAt: now, sealedMaterial: nil)
    }

    func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(KMSError) -> KeyVersion {
        do { return try await vault.importMaterial(wrapped, under: importPair, into: version) } catch {
            switch error {
            case .refused: throw .invalidKeyMaterial
            // Nothing was decrypted then.
            case .busy, .unavailable:
                try? await store.apply(Change([.returnImportTry(importPair.id)]))
                throw Self.failure(error)
            }
        }
    }
}

extension Key {
    /// Refuses a key whose material was made here.
    func demandExternal() throws(KMSError) {
        guard origin == .external else { throw .unsupportedOrigin }
    }

    /// What takes the key's material away; nothing where it has none.
    var strippingMaterial: [Change.Step] {
        guard hasMaterial, let version = primaryVersion else { return [] }
        let stripped = changed {
            $0.hasMaterial = false
            $0.materialExpiresAt = nil
        }
        return [.updateKey(from: self, to: stripped), .setMaterial(version, of: id, in: namespace, nil)]
    }
}
