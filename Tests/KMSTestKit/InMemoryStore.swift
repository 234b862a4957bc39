package import KMSCore
private import Synchronization

/// The twin of the database: every port of storage, over plain arrays, as simply as the ports can be said.
///
/// Slow on purpose where that keeps it plain: a change works on a copy of everything.
package final class InMemoryStore: ServiceStore, AccessStore, SlotStore {
    private let state = Mutex(InMemoryState())
    private let failure = Mutex<StoreError?>(nil)
    private let isLogHeld = Mutex(false)
    private let reads = Mutex(0)
    private let interruption = Mutex<(left: Int, action: @Sendable () async -> Void)?>(nil)

    package init() {}

    /// Makes every read and change fail with `error` from now on; nil lets them work again.
    package func fail(with error: StoreError?) { failure.withLock { $0 = error } }

    /// Makes every ``scrub()`` fail, as it does while somebody reads a database's log.
    package func holdLog(_ isHeld: Bool) { isLogHeld.withLock { $0 = isHeld } }

    /// How many reads were asked for: what a warm request must not raise.
    package var readCount: Int { reads.withLock { $0 } }

    /// Has `action` happen once, when after `count` other reads a row was read and before its reader has it.
    package func after(reads count: Int, _ action: @escaping @Sendable () async -> Void) {
        interruption.withLock { $0 = (count, action) }
    }

    private func read<Value: Sendable>(
        _ body: (InMemoryState) throws(StoreError) -> sending Value
    ) async throws(StoreError) -> Value {
        if let error = failure.withLock({ $0 }) { throw error }
        reads.withLock { $0 += 1 }
        let value = try state.withLock { (state) throws(StoreError) in try body(state) }
        await interrupt()
        return value
    }

    private func interrupt() async {
        let due = interruption.withLock { interruption -> (@Sendable () async -> Void)? in
            guard let (left, action) = interruption else { return nil }
            interruption = left == 0 ? nil : (left - 1, action)
            return left == 0 ? action : nil
        }
        await due?()
    }

    package func apply(_ change: Change) async throws(StoreError) {
        if let error = failure.withLock({ $0 }) { throw error }
        try state.withLock { (state) throws(StoreError) in
            var draft = state
            try draft.apply(change)
            state = draft
        }
    }

    // MARK: Keys

    package func key(_ id: KeyID, in namespace: Namespace) async throws(StoreError) -> Key? {
        try await read { state in state.liveKey(id, in: namespace) }
    }

    package func version(_ id: KeyVersionID) async throws(StoreError) -> KeyVersion? {
        try await read { state in
            state.versions.first { $0.id == id && state.liveKey($0.identity.key, in: $0.identity.namespace) != nil }
        }
    }

    package func alias(_ name: AliasName, in namespace: Namespace) async throws(StoreError) -> Alias? {
        try await read { state in state.aliases.first { $0.name == name && $0.namespace == namespace } }
    }

    package func keys(
        in namespace: Namespace,
        matching filter: KeyFilter,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<KeyID> {
        try await read { state in
            page.cut(state.keys(at: now, in: namespace).filter { filter.selects($0, at: now) }.map(\.id))
        }
    }

    package func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias> {
        try await read { state in
            let keys = Set(state.keys(at: now, in: namespace).map(\.id))
            return page.cut(
                state.aliases.filter {
                    $0.namespace == namespace && keys.contains($0.key) && (key == nil || $0.key == key)
                }
            )
        }
    }

    package func versions(
        of key: KeyID,
        in namespace: Namespace,
        page: Page
    ) async throws(StoreError) -> Listing<KeyVersionSummary> {
        try await read { state in
            guard state.liveKey(key, in: namespace) != nil else { return Listing(rows: [], totalCount: 0) }
            return page.cut(
                state.versions.filter { $0.identity.key == key }
                    .map { KeyVersionSummary(key: key, id: $0.id, createdAt: $0.createdAt) }
            )
        }
    }

    package func tags(of key: KeyID, in namespace: Namespace) async throws(StoreError) -> [KMSCore.Tag] {
        try await read { state in state.liveKey(key, in: namespace) == nil ? [] : state.sortedTags(of: key) }
    }

    package func tags(
        matching query: TagQuery,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> [KeyTag] {
        try await read { state in
            var rows = state.keys(at: now, in: namespace)
                .filter { key in query.keys?.contains(key.id) ?? true }
                .filter { key in
                    query.carrying.allSatisfy { wanted in
                        state.sortedTags(of: key.id).contains {
                            $0.key == wanted.key && (wanted.value == nil || $0.value == wanted.value)
                        }
                    }
                }
                .flatMap { key in state.sortedTags(of: key.id).map { KeyTag(keyID: key.id, tag: $0) } }
            if let after = query.after {
                guard let position = state.position(of: after.key) else { return [] }
                rows.removeAll { row in
                    guard let other = state.position(of: row.keyID), other <= position else { return false }
                    return other < position || !after.tagKey.utf8.lexicographicallyPrecedes(row.tag.key.utf8)
                }
            }
            return Array(rows.prefix(query.limit))
        }
    }

    package func count(
        of subject: Quota.Subject,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> Int {
        try await read { state in state.count(of: subject, in: namespace, at: now) }
    }

    package func scrub() async throws(StoreError) {
        if isLogHeld.withLock({ $0 }) { throw .unavailable("The log is held.") }
    }

    package func reservedUses(of version: KeyVersionID) async throws(StoreError) -> Int64 {
        try await read { state in state.reservedUses[version, default: 0] }
    }

    // MARK: Certificates

    package func certificate(_ id: CertificateID, in namespace: Namespace) async throws(StoreError) -> Certificate? {
        try await read { state in state.certificates.certificate(id, in: namespace) }
    }

    package func certificate(
        clientToken: String,
        in namespace: Namespace
    ) async throws(StoreError) -> Certificate? {
        try await read { state in state.certificates.certificate(clientToken: clientToken, in: namespace) }
    }

    package func tags(
        of certificate: CertificateID,
        in namespace: Namespace
    ) async throws(StoreError) -> [KMSCore.Tag] {
        try await read { state in state.certificates.tags(of: certificate, in: namespace) }
    }

    // MARK: Upkeep

    package func keysToRetire(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await read { state in
            state.keys.filter { !$0.isRetired && $0.key.isGone(at: now) }.map(\.key)
                .longestOverdueFirst(by: \.deleteAt, limit: limit)
        }
    }

    package func keysToDestroy(at moment: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await read { state in
            state.keys.filter { $0.isRetired && $0.key.isGone(at: moment) }.map(\.key)
                .longestOverdueFirst(by: \.deleteAt, limit: limit)
        }
    }

    package func keysToRotate(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await read { state in
            state.keys.filter { !$0.isRetired && $0.key.state(at: now) == .enabled }.map(\.key)
                .filter { key in key.nextRotation.map { $0 <= now } ?? false }
                .longestOverdueFirst(by: \.nextRotation, limit: limit)
        }
    }

    package func keysToStrip(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await read { state in
            state.keys.filter { !$0.isRetired && $0.key.hasMaterial }.map(\.key)
                .filter { key in key.materialExpiresAt.map { $0 <= now } ?? false }
                .longestOverdueFirst(by: \.materialExpiresAt, limit: limit)
        }
    }

    // MARK: Imports

    package func importPair(_ id: ImportTokenID) async throws(StoreError) -> ImportPair? {
        try await read { state in
            state.importPairs.first {
                $0.id == id && state.liveKey($0.identity.key, in: $0.identity.namespace) != nil
            }
        }
    }

    package func importPairsToDelete(at now: Timestamp, limit: Int) async throws(StoreError) -> [ImportTokenID] {
        try await read { state in
            let expired = state.importPairs.filter { $0.identity.expiresAt <= now }
            return Array(expired.sorted { $0.identity.expiresAt < $1.identity.expiresAt }.prefix(limit).map(\.id))
        }
    }

    // MARK: Users, policies and roles

    package func user(_ id: UserID, in account: AccountID) async throws(StoreError) -> User? {
        try await read { state in state.users.first { $0.id == id && $0.account == account } }
    }

    package func user(named name: UserName, in account: AccountID) async throws(StoreError) -> User? {
        try await read { state in state.users.first { $0.name == name && $0.account == account } }
    }

    package func users(
        in account: AccountID,
        after name: UserName?,
        limit: Int
    ) async throws(StoreError) -> [User] {
        try await read { state in
            state.users.filter { $0.account == account }.page(after: name?.description, limit: limit) {
                $0.name.description
            }
        }
    }

    package func accessKeys(of holder: Identity, in account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await read { state in state.accessKeys.filter { $0.identity == holder && $0.account == account } }
    }

    package func policy(named name: PolicyName, in account: AccountID) async throws(StoreError) -> Policy? {
        try await read { state in state.policies.first { $0.name == name && $0.account == account } }
    }

    package func policies(
        in account: AccountID,
        after name: PolicyName?,
        limit: Int
    ) async throws(StoreError) -> [Policy] {
        try await read { state in
            state.policies.filter { $0.account == account }
                .page(after: name?.description, limit: limit) { $0.name.description }
        }
    }

    package func policyVersions(of policy: UUIDBytes) async throws(StoreError) -> [PolicyVersion] {
        try await read { state in
            state.policyVersions.filter { $0.policy == policy }.sorted { $0.number < $1.number }
        }
    }

    package func attachments(
        of grantee: Grantee,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment] {
        try await read { state in state.attachments.filter { $0.grantee == grantee && $0.account == account } }
    }

    package func attachments(
        of policy: PolicyReference,
        in account: AccountID
    ) async throws(StoreError) -> [PolicyAttachment] {
        try await read { state in state.attachments.filter { $0.policy == policy && $0.account == account } }
    }

    package func attachmentCount(of policy: PolicyReference, in account: AccountID) async throws(StoreError) -> Int {
        try await read { state in state.attachments.count { $0.policy == policy && $0.account == account } }
    }

    package func grants(of grantee: Grantee, in account: AccountID) async throws(StoreError) -> Grants? {
        try await read { state in state.grants(of: grantee, in: account) }
    }

    package func role(_ id: RoleID, in account: AccountID) async throws(StoreError) -> Role? {
        try await read { state in state.roles.first { $0.id == id && $0.account == account } }
    }

    package func role(named name: RoleName, in account: AccountID) async throws(StoreError) -> Role? {
        try await read { state in state.roles.first { $0.name == name && $0.account == account } }
    }

    package func roles(
        in account: AccountID,
        after name: RoleName?,
        limit: Int
    ) async throws(StoreError) -> [Role] {
        try await read { state in
            state.roles.filter { $0.account == account }.page(after: name?.description, limit: limit) {
                $0.name.description
            }
        }
    }

    package func service(_ code: ServiceCode) async throws(StoreError) -> RegisteredService? {
        try await read { state in state.services.first { $0.code == code } }
    }

    package func services() async throws(StoreError) -> [RegisteredService] {
        try await read { state in state.services.page(after: nil, limit: .max) { $0.code.description } }
    }

    // MARK: Accounts and slots

    package func account(_ id: AccountID) async throws(StoreError) -> Account? {
        try await read { state in state.accounts.first { $0.id == id } }
    }

    package func accessKey(_ id: String) async throws(StoreError) -> AccessKey? {
        try await read { state in state.accessKeys.first { $0.id.utf8.elementsEqual(id.utf8) } }
    }

    package func accessKeys(of account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await read { state in state.accessKeys.filter { $0.account == account } }
    }

    package func accounts() async throws(StoreError) -> [Account] { try await read { state in state.accounts } }

    package func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? {
        try await read { state in state.slotTables[name] }
    }

    package func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool {
        try await read { state in state.holdsSealedRows(of: name) }
    }

    package func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
        if let error = failure.withLock({ $0 }) { throw error }
        try state.withLock { (state) throws(StoreError) in
            guard state.slotTables[name] == nil, !state.holdsSealedRows(of: name) else { throw .alreadyExists }
            state.slotTables[name] = table
        }
    }

    package func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError) {
        if let error = failure.withLock({ $0 }) { throw error }
        try state.withLock { (state) throws(StoreError) in
            guard state.slotTables[name]?.authenticationCode == replaced else { throw .conflict }
            state.slotTables[name] = table
        }
    }

    // MARK: Audit

    package func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] {
        try await read { state in state.outbox.map { ($0.requestID, $0.line) } }
    }

    package func acknowledgeAudit(of requestID: UUIDBytes) {
        state.withLock { $0.outbox.removeAll { $0.requestID == requestID } }
    }
}

extension Page {
    fileprivate func cut<Row>(_ rows: [Row]) -> Listing<Row> {
        let rest = offset.map { rows.dropFirst($0) } ?? []
        return Listing(rows: Array(rest.prefix(size)), totalCount: rows.count)
    }
}

extension [Key] {
    /// Sorted by the moment at `due`; keys due at the same moment stay in the order of their creation.
    fileprivate func longestOverdueFirst(by due: (Key) -> Timestamp?, limit: Int) -> [Key] {
        let never = Timestamp(microseconds: .max)
        let sorted = enumerated().sorted { left, right in
            let (first, second) = (due(left.element) ?? never, due(right.element) ?? never)
            return first == second ? left.offset < right.offset : first < second
        }
        return sorted.prefix(limit).map(\.element)
    }
}
