import KMSCore
import KMSStorage
import Synchronization

/// The database, and how often it was asked. Stands between the cache and the database.
final class CountingStore: ServiceStore, AccessStore {
    let base: SQLiteStore
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

    func count(
        of subject: Quota.Subject,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> Int {
        try await counted.count(of: subject, in: namespace, at: now)
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

extension CountingStore {
    func user(_ id: UserID, in account: AccountID) async throws(StoreError) -> KMSCore.User? {
        try await counted.user(id, in: account)
    }

    func user(named name: UserName, in account: AccountID) async throws(StoreError) -> KMSCore.User? {
        try await counted.user(named: name, in: account)
    }

    func users(in account: AccountID, after name: UserName?, limit: Int) async throws(StoreError) -> [KMSCore.User] {
        try await counted.users(in: account, after: name, limit: limit)
    }

    func accessKeys(of holder: Identity, in account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await counted.accessKeys(of: holder, in: account)
    }

    func policy(named name: PolicyName, in account: AccountID) async throws(StoreError) -> Policy? {
        try await counted.policy(named: name, in: account)
    }

    func policies(in account: AccountID, after name: PolicyName?, limit: Int) async throws(StoreError) -> [Policy] {
        try await counted.policies(in: account, after: name, limit: limit)
    }

    func policyVersions(of policy: UUIDBytes) async throws(StoreError) -> [PolicyVersion] {
        try await counted.policyVersions(of: policy)
    }

    func attachments(of grantee: Grantee, in account: AccountID) async throws(StoreError) -> [PolicyAttachment] {
        try await counted.attachments(of: grantee, in: account)
    }

    func attachments(
        of policy: PolicyReference,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment] {
        try await counted.attachments(of: policy, in: account)
    }

    func attachmentCount(of policy: PolicyReference, in account: AccountID) async throws(StoreError) -> Int {
        try await counted.attachmentCount(of: policy, in: account)
    }

    func grants(of grantee: Grantee, in account: AccountID) async throws(StoreError) -> Grants? {
        try await counted.grants(of: grantee, in: account)
    }

    func role(_ id: RoleID, in account: AccountID) async throws(StoreError) -> Role? {
        try await counted.role(id, in: account)
    }

    func role(named name: RoleName, in account: AccountID) async throws(StoreError) -> Role? {
        try await counted.role(named: name, in: account)
    }

    func roles(in account: AccountID, after name: RoleName?, limit: Int) async throws(StoreError) -> [Role] {
        try await counted.roles(in: account, after: name, limit: limit)
    }

    func service(_ code: ServiceCode) async throws(StoreError) -> RegisteredService? {
        try await counted.service(code)
    }

    func services() async throws(StoreError) -> [RegisteredService] { try await counted.services() }
}
