import KMSCore
import KMSStorage
import Synchronization

/// The database, and how often it was asked. Stands between the cache and the database.
final class CountingStore: ServiceStore, AccountStore {
    private let base: SQLiteStore
    private let count = Atomic<Int>(0)

    init(_ base: SQLiteStore) { self.base = base }

    /// Reads and changes so far; an acknowledgement is a note in memory and does not count.
    var accesses: Int { count.load(ordering: .relaxed) }

    private var counted: SQLiteStore {
        count.add(1, ordering: .relaxed)
        return base
    }

    func key(_ id: KeyID, in namespace: Namespace) async throws(StoreError) -> Key? {
        try await counted.key(id, in: namespace)
    }

    func version(_ id: KeyVersionID) async throws(StoreError) -> KeyVersion? { try await counted.version(id) }

    func scrub() async throws(StoreError) { try await base.scrub() }

    func reservedUses(of version: KeyVersionID) async throws(StoreError) -> Int64 {
        try await counted.reservedUses(of: version)
    }

    func alias(_ name: AliasName, in namespace: Namespace) async throws(StoreError) -> Alias? {
        try await counted.alias(name, in: namespace)
    }

    func keys(
        in namespace: Namespace,
        matching filter: KeyFilter,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<KeyID> {
        try await counted.keys(in: namespace, matching: filter, at: now, page: page)
    }

    func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias> {
        try await counted.aliases(in: namespace, of: key, at: now, page: page)
    }

    func versions(
        of key: KeyID,
        in namespace: Namespace,
        page: Page
    ) async throws(StoreError) -> Listing<KeyVersionSummary> {
        try await counted.versions(of: key, in: namespace, page: page)
    }

    func tags(of key: KeyID, in namespace: Namespace) async throws(StoreError) -> [Tag] {
        try await counted.tags(of: key, in: namespace)
    }

    func tags(
        matching query: TagQuery,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> [KeyTag] {
        try await counted.tags(matching: query, in: namespace, at: now)
    }

    func certificate(_ id: CertificateID, in namespace: Namespace) async throws(StoreError) -> Certificate? {
        try await counted.certificate(id, in: namespace)
    }

    func certificate(clientToken: String, in namespace: Namespace) async throws(StoreError) -> Certificate? {
        try await counted.certificate(clientToken: clientToken, in: namespace)
    }

    func tags(of certificate: CertificateID, in namespace: Namespace) async throws(StoreError) -> [Tag] {
        try await counted.tags(of: certificate, in: namespace)
    }

    func keysToRetire(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await counted.keysToRetire(at: now, limit: limit)
    }

    func keysToDestroy(at moment: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await counted.keysToDestroy(at: moment, limit: limit)
    }

    func keysToRotate(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await counted.keysToRotate(at: now, limit: limit)
    }

    func keysToStrip(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await counted.keysToStrip(at: now, limit: limit)
    }

    func importPair(_ id: ImportTokenID) async throws(StoreError) -> ImportPair? {
        try await counted.importPair(id)
    }

    func importPairsToDelete(at now: Timestamp, limit: Int) async throws(StoreError) -> [ImportTokenID] {
        try await counted.importPairsToDelete(at: now, limit: limit)
    }

    func apply(_ change: Change) async throws(StoreError) { try await counted.apply(change) }

    func account(_ id: AccountID) async throws(StoreError) -> Account? { try await counted.account(id) }

    func accessKey(_ id: String) async throws(StoreError) -> AccessKey? { try await counted.accessKey(id) }

    func accessKeys(of account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await counted.accessKeys(of: account)
    }

    func accounts() async throws(StoreError) -> [Account] { try await counted.accounts() }

    func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] {
        try await counted.unacknowledgedAuditLines()
    }

    func acknowledgeAudit(of requestID: UUIDBytes) { base.acknowledgeAudit(of: requestID) }
}
