/// All that one request or one piece of upkeep writes: made whole or not at all.
package struct Change: Sendable {
    package var steps: [Step]
    /// The nonce of the request that asks for the change; refused as ``StoreError/replayed`` where it was used before.
    package var replay: ReplayMark?
    /// The record of the change, kept in the same transaction.
    package var audit: AuditRecord?

    package init(_ steps: [Step], replay: ReplayMark? = nil, audit: AuditRecord? = nil) {
        self.steps = steps
        self.replay = replay
        self.audit = audit
    }

    /// One thing that a change writes. Counters follow from the steps; the store keeps them.
    package enum Step: Sendable {
        case insertKey(Key)
        /// Replaces `old` by `new`; ``StoreError/conflict`` unless the stored revision is `old.revision`.
        case updateKey(from: Key, to: Key)
        case insertVersion(KeyVersion)
        /// Gives a version of a live key sealed material; nil takes it away, and its bytes are then gone as with
        /// ``destroyMaterial(of:)``. ``StoreError/conflict`` where there is no such version.
        case setMaterial(KeyVersionID, of: KeyID, in: Namespace, [UInt8]?)
        /// Takes the key out of every read and listing, with its aliases and tags; its row and versions stay until
        /// they are destroyed. ``StoreError/conflict`` unless the stored revision is that of the key given.
        case retireKey(Key)
        /// Removes the versions and import pairs of a retired key, those that are left. Their bytes are gone from the
        /// database's files when ``KeyStore/scrub()`` has returned after the change. ``StoreError/conflict`` where no
        /// such key is retired.
        case destroyMaterial(of: KeyID)
        /// Removes the row of a retired key; ``StoreError/conflict`` while it has versions or import pairs.
        case destroyKey(KeyID)
        /// Raises the reserved uses of a version; ``StoreError/conflict`` unless `from` of them are reserved.
        case reserveUses(of: KeyVersionID, from: Int64, to: Int64)

        /// ``StoreError/aliasExists`` if the name is taken.
        case insertAlias(Alias)
        /// ``StoreError/aliasMoved`` unless the alias points to `from`.
        case moveAlias(AliasName, in: Namespace, from: KeyID, to: KeyID)
        /// ``StoreError/aliasMoved`` unless the alias points to `key`.
        case deleteAlias(AliasName, in: Namespace, pointingTo: KeyID)

        /// Sets tags, replacing values of those that exist; ``StoreError/tooManyTags`` past `limit` in all.
        case setTags(KeyID, in: Namespace, [Tag], limit: Int)
        /// Removes tags by key; nil removes all. Absent ones are no error.
        case removeTags(KeyID, in: Namespace, [String]?)
        /// ``StoreError/conflict`` unless the key has this revision: for changes beside the key's own row that
        /// hold only while the key is as it was read.
        case expectKey(Key)
        /// ``StoreError/limitReached`` where, with what the steps before it have made, there is more than the quota
        /// allows.
        case keepWithin(Quota)

        /// ``StoreError/alreadyExists`` if there is one of that id, ``StoreError/conflict`` unless its key is live.
        case insertImportPair(ImportPair)
        /// ``StoreError/noTriesLeft`` if none is left, ``StoreError/conflict`` if there is no such token.
        case takeImportTry(ImportTokenID)
        /// Gives a try back that was taken; never more than the token began with. An absent token is no error.
        case returnImportTry(ImportTokenID)
        /// Its bytes are then gone as with ``destroyMaterial(of:)``. An absent one is no error.
        case deleteImportPair(ImportTokenID)

        case certificate(CertificateStep)
        case access(AccessStep)

        /// ``StoreError/alreadyExists`` if the account exists.
        case insertAccount(Account)
    }
}

/// The trace that a request's nonce leaves, so that the request cannot be sent again.
package struct ReplayMark: Sendable, Hashable {
    /// The first 16 bytes of a keyed hash of access key and nonce.
    package let digest: UUIDBytes
    package let account: AccountID
    /// The request's own Timestamp; the mark may go when no request of that Timestamp is accepted any more.
    package let timestamp: Timestamp

    package init(digest: UUIDBytes, account: AccountID, timestamp: Timestamp) {
        self.digest = digest
        self.account = account
        self.timestamp = timestamp
    }
}
