package import KMSCore
internal import KMSCrypto

/// Creates accounts, the access keys of their root identity, and the cloud services that may act for them.
///
/// Access keys are replaced without a pause: create one more, use it everywhere, deactivate the old one, and delete it
/// when nobody missed it.
package struct AccountAdministration: Sendable {
    let store: any KeyStore & AccessStore
    private let sealer: any Sealer
    let time: any TimeSource

    package init(store: any KeyStore & AccessStore, sealer: any Sealer, time: any TimeSource) {
        self.store = store
        self.sealer = sealer
        self.time = time
    }

    /// A new access key with its secret, which is shown this once.
    package struct NewAccessKey: ~Copyable, Sendable {
        package let accessKey: AccessKey
        /// Printable ASCII.
        package let secret: SecretBytes
    }

    /// Creates an account and an access key of its root identity, both or neither.
    ///
    /// - Parameters:
    ///   - accessKeyID: `LTAI` and 20 random letters and digits unless given.
    ///   - secret: 30 random letters and digits unless given.
    package func createAccount(
        _ id: AccountID,
        accessKeyID: String? = nil,
        secret: consuming SecretBytes? = nil
    ) async throws(AccountError) -> NewAccessKey {
        let secret = try Self.random(or: secret)
        let keyID = if let accessKeyID { accessKeyID } else { try Self.randomAccessKeyID() }
        let accessKey = try makeAccessKey(keyID, of: id, secret: secret)
        do {
            try await store.apply(
                Change([
                    .insertAccount(Account(id: id, createdAt: accessKey.createdAt)),
                    .access(.insertAccessKey(accessKey, limit: nil)),
                ])
            )
        } catch {
            guard error == .alreadyExists else { throw .store(error) }
            throw try await exists(id) ? .accountExists(id) : .accessKeyExists(accessKey.id)
        }
        return NewAccessKey(accessKey: accessKey, secret: secret)
    }

    /// Gives the root identity of an account one more access key, of random id and secret.
    package func createAccessKey(of id: AccountID) async throws(AccountError) -> NewAccessKey {
        let secret = try Self.random(or: nil)
        let accessKey = try makeAccessKey(try Self.randomAccessKeyID(), of: id, secret: secret)
        do { try await store.apply(Change([.access(.insertAccessKey(accessKey, limit: nil))])) } catch {
            throw error == .conflict ? .noAccount(id) : .store(error)
        }
        return NewAccessKey(accessKey: accessKey, secret: secret)
    }

    /// Sees to it that the account exists and that its root identity has this access key with this secret; does
    /// nothing where both are so already.
    ///
    /// - Throws: ``AccountError/secretDiffers(_:)`` where the access key has another secret; it is left as it is.
    package func ensureAccount(
        _ id: AccountID,
        accessKeyID: String,
        secret: borrowing SecretBytes
    ) async throws(AccountError) {
        // The second try meets what another process inserted between reading and writing.
        for attempt in 1...2 {
            if let accessKey = try await accessKey(accessKeyID) {
                return try check(accessKey, of: id, secret: secret)
            }
            let accessKey = try makeAccessKey(accessKeyID, of: id, secret: secret)
            var steps: [Change.Step] = [.access(.insertAccessKey(accessKey, limit: nil))]
            if try await !exists(id) {
                steps.insert(.insertAccount(Account(id: id, createdAt: accessKey.createdAt)), at: 0)
            }
            do { return try await store.apply(Change(steps)) } catch {
                guard error == .alreadyExists, attempt == 1 else { throw .store(error) }
            }
        }
    }

    private func check(
        _ accessKey: AccessKey,
        of id: AccountID,
        secret: borrowing SecretBytes
    ) throws(AccountError) {
        guard accessKey.account == id else { throw .accessKeyOfAnotherAccount(accessKey.id) }
        guard accessKey.isActive else { throw .accessKeyInactive(accessKey.id) }
        let isSame: Bool
        do { isSame = try sealer.open(accessKey.sealedSecret, as: accessKey.sealedSubject).equals(secret) } catch {
            throw .sealer(error)
        }
        guard isSame else { throw .secretDiffers(accessKey.id) }
    }

    private func makeAccessKey(
        _ id: String,
        of account: AccountID,
        secret: borrowing SecretBytes
    ) throws(AccountError) -> AccessKey {
        guard Self.isAccessKeyID(id) else { throw .malformedAccessKeyID }
        guard (1...128).contains(secret.byteCount), Self.isPrintable(secret) else { throw .malformedSecret }
        let subject = SealedSubject.accessKeySecret(
            account: account,
            principal: Identity.root.description,
            accessKeyID: id
        )
        let sealed: [UInt8]
        do { sealed = try sealer.seal(secret, as: subject) } catch { throw .sealer(error) }
        return AccessKey(
            id: id,
            account: account,
            identity: .root,
            isActive: true,
            createdAt: time.now(),
            sealedSecret: sealed
        )
    }

    private func exists(_ id: AccountID) async throws(AccountError) -> Bool {
        do { return try await store.account(id) != nil } catch { throw .store(error) }
    }

    private func accessKey(_ id: String) async throws(AccountError) -> AccessKey? {
        guard Self.isAccessKeyID(id) else { throw .malformedAccessKeyID }
        do { return try await store.accessKey(id) } catch { throw .store(error) }
    }

    private static func randomAccessKeyID() throws(AccountError) -> String {
        do { return try Base62.accessKeyID() } catch { throw .random(error.description) }
    }

    private static func random(or secret: consuming SecretBytes?) throws(AccountError) -> SecretBytes {
        if let secret { return secret }
        do { return try Base62.accessKeySecret() } catch { throw .random(error.description) }
    }

    /// What every place takes where an id is written: a `Credential` ends at a comma, a profile at white space.
    private static func isAccessKeyID(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count) && !id.utf8.starts(with: "STS.".utf8)
            && id.utf8.allSatisfy { PercentEncoding.isUnreserved($0) && $0 != UInt8(ascii: "~") }
    }

    private static func isPrintable(_ secret: borrowing SecretBytes) -> Bool {
        secret.withBytes { bytes in
            bytes.byteOffsets.allSatisfy {
                (0x21...0x7E).contains(bytes.unsafeLoad(fromUncheckedByteOffset: $0, as: UInt8.self))
            }
        }
    }
}
