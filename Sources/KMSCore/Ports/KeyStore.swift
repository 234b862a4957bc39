/// Where keys, versions, aliases and tags are remembered.
///
/// Each read is a snapshot of its own. Everything is written through ``apply(_:)``, all or nothing, and what was
/// written survives the loss of power once `apply` has returned.
package protocol KeyStore: ImportStore {
    /// The key of that id in the namespace, or nil. A key whose window has ended may still be returned:
    /// callers ask ``Key/isGone(at:)``; a retired one never is.
    func key(_ id: KeyID, in namespace: Namespace) async throws(StoreError) -> Key?
    /// The version of that id, in whatever namespace: callers compare ``VersionIdentity/namespace`` with their own.
    func version(_ id: KeyVersionID) async throws(StoreError) -> KeyVersion?
    func alias(_ name: AliasName, in namespace: Namespace) async throws(StoreError) -> Alias?

    /// The keys that match, in the order of their creation, without those that are gone at `now`.
    func keys(
        in namespace: Namespace,
        matching filter: KeyFilter,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<KeyID>
    /// The aliases of a namespace, or of one of its keys, in the order of their creation, without those of keys
    /// that are gone at `now`.
    func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias>
    /// The versions of a key, oldest first.
    func versions(of key: KeyID, in namespace: Namespace, page: Page) async throws(StoreError) -> Listing<
        KeyVersionSummary
    >
    /// The tags of a key, by tag key.
    func tags(of key: KeyID, in namespace: Namespace) async throws(StoreError) -> [Tag]
    /// The tags of a namespace that the query selects, by creation of the key and then by tag key.
    func tags(matching query: TagQuery, in namespace: Namespace, at now: Timestamp) async throws(StoreError) -> [KeyTag]
    /// How many there are of what a quota limits, without what belongs to keys that are gone at `now`.
    func count(of subject: Quota.Subject, in namespace: Namespace, at now: Timestamp) async throws(StoreError) -> Int

    /// Keys whose window has ended at `now` and that are not retired, the longest overdue first.
    func keysToRetire(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key]
    /// Retired keys whose window had ended at `moment`: what is left of them may be destroyed. A key is among them
    /// until its row is gone.
    func keysToDestroy(at moment: Timestamp, limit: Int) async throws(StoreError) -> [Key]
    /// Enabled keys whose next rotation is due at `now`, the longest overdue first.
    func keysToRotate(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key]

    /// Has the bytes of all material that was destroyed before the call gone from the database's files. Costs nothing
    /// where no bytes are left.
    ///
    /// - Throws: ``StoreError/unavailable(_:)`` in plain words where something still keeps them there.
    func scrub() async throws(StoreError)

    /// Makes the change, whole or not at all, durably.
    func apply(_ change: Change) async throws(StoreError)
}

/// One page of a listing.
package struct Page: Sendable, Hashable {
    /// From 1.
    package let number: Int
    /// 1 to 100.
    package let size: Int

    package init(number: Int, size: Int) {
        self.number = number
        self.size = size
    }

    /// How many rows come before this page, or nil where no listing could ever be that long.
    package var offset: Int? {
        let (product, overflow) = (number - 1).multipliedReportingOverflow(by: size)
        return overflow ? nil : product
    }
}

/// A page's rows and the count of all rows.
package struct Listing<Row: Sendable>: Sendable {
    package let rows: [Row]
    package let totalCount: Int

    package init(rows: [Row], totalCount: Int) {
        self.rows = rows
        self.totalCount = totalCount
    }
}

/// Which keys ListKeys asks for: every set that is not nil must contain the key's value.
package struct KeyFilter: Sendable, Hashable {
    package var states: Set<KeyState>?
    package var specs: Set<KeySpec>?
    package var usages: Set<KeyUsage>?
    package var levels: Set<ProtectionLevel>?
    package var creatorTypes: Set<CreatorType>?

    package init() {}

    /// Whether `key` is selected at `now`.
    package func selects(_ key: Key, at now: Timestamp) -> Bool {
        (states?.contains(key.state(at: now)) ?? true) && (specs?.contains(key.spec) ?? true)
            && (usages?.contains(key.usage) ?? true) && (levels?.contains(key.level) ?? true)
            && (creatorTypes?.contains(key.creatorType) ?? true)
    }
}

/// Which tags ListTagResources asks for.
package struct TagQuery: Sendable {
    /// Only these keys; nil for all.
    package var keys: [KeyID]?
    /// The key must carry each of these: a tag key, and its value unless nil.
    package var carrying: [(key: String, value: String?)]
    /// Only rows after this one.
    package var after: (key: KeyID, tagKey: String)?
    package var limit: Int

    package init(
        keys: [KeyID]?,
        carrying: [(key: String, value: String?)],
        after: (key: KeyID, tagKey: String)?,
        limit: Int
    ) {
        self.keys = keys
        self.carrying = carrying
        self.after = after
        self.limit = limit
    }
}
