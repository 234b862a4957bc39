package import KMSCore

/// A store that remembers what it has read, so that a warm request reads no database and does not suspend.
///
/// A change forgets what it touches before it returns, made or not. A read that began before a change does not fill
/// the cache after it: each fill carries the epoch of its stripe from before the read and is dropped when that moved.
package final class CachedStore<Base: ServiceStore & AccessStore>: KeyStore, CertificateStore, MeterStore,
    AccessStore, AuditOutbox
{
    let base: Base
    let access: AccessCaches
    private let keys: Cache<KeyPlace, Key>
    private let tags: Cache<KeyPlace, [Tag]>
    private let versions: Cache<KeyVersionID, KeyVersion>
    private let aliases: Cache<AliasPlace, Alias>
    private let accessKeys: Cache<String, AccessKey>
    private let certificates: Cache<CertificatePlace, Certificate>

    /// - Parameters:
    ///   - capacity: how many of each kind are remembered at once.
    ///   - grantBytes: of all grants of users and roles that are remembered: they hold documents.
    ///   - absentCapacity: of how many of each kind it is remembered that they do not exist.
    package init(
        _ base: Base,
        capacity: Int = 100_000,
        grantBytes: Int = 64 << 20,
        absentCapacity: Int = 20_000
    ) {
        self.base = base
        access = AccessCaches(capacity: capacity, grantBytes: grantBytes, absentCapacity: absentCapacity)
        keys = Cache(capacity: capacity, absentCapacity: absentCapacity)
        tags = Cache(capacity: capacity, absentCapacity: absentCapacity)
        versions = Cache(capacity: capacity, absentCapacity: absentCapacity)
        aliases = Cache(capacity: capacity, absentCapacity: absentCapacity)
        accessKeys = Cache(capacity: capacity, absentCapacity: absentCapacity)
        certificates = Cache(capacity: capacity, absentCapacity: absentCapacity)
    }

    package func key(_ id: KeyID, in namespace: Namespace) async throws(StoreError) -> Key? {
        try await keys.value(for: KeyPlace(id: id, namespace: namespace)) { () async throws(StoreError) in
            try await base.key(id, in: namespace)
        }
    }

    /// Asked for by the doorway where policies look at tags, of keys that exist.
    package func tags(of key: KeyID, in namespace: Namespace) async throws(StoreError) -> [Tag] {
        let place = KeyPlace(id: key, namespace: namespace)
        let found = try await tags.value(for: place) { () async throws(StoreError) in
            try await base.tags(of: key, in: namespace)
        }
        return found ?? []
    }

    package func version(_ id: KeyVersionID) async throws(StoreError) -> KeyVersion? {
        try await versions.value(for: id) { () async throws(StoreError) in try await base.version(id) }
    }

    package func alias(_ name: AliasName, in namespace: Namespace) async throws(StoreError) -> Alias? {
        try await aliases.value(for: AliasPlace(name: name, namespace: namespace)) { () async throws(StoreError) in
            try await base.alias(name, in: namespace)
        }
    }

    package func certificate(_ id: CertificateID, in namespace: Namespace) async throws(StoreError) -> Certificate? {
        let place = CertificatePlace(id: id, namespace: namespace)
        return try await certificates.value(for: place) { () async throws(StoreError) in
            try await base.certificate(id, in: namespace)
        }
    }

    package func accessKey(_ id: String) async throws(StoreError) -> AccessKey? {
        // An id is ASCII. Swift takes canonically equal texts for the same, so no other text is looked up here.
        guard id.utf8.allSatisfy({ $0 < 0x80 }) else { return try await base.accessKey(id) }
        return try await accessKeys.value(for: id) { () async throws(StoreError) in try await base.accessKey(id) }
    }

    package func apply(_ change: Change) async throws(StoreError) {
        // A change that failed may have failed because the cache was wrong.
        defer { for step in change.steps { forget(step) } }
        try await base.apply(change)
    }

    private func forget(_ step: Change.Step) {
        switch step {
        case .insertKey(let key), .expectKey(let key): forget(key.id, key.namespace)
        case .updateKey(from: let key, to: _): forget(key.id, key.namespace)
        case .insertVersion(let version): versions.forget(version.id)
        case .retireKey(let key):
            forget(key.id, key.namespace)
            tags.forget(KeyPlace(id: key.id, namespace: key.namespace))
            aliases.forget(where: { $0.key == key.id })
            versions.forget(where: { $0.identity.key == key.id })
        case .insertAlias(let alias): aliases.forget(AliasPlace(name: alias.name, namespace: alias.namespace))
        case .moveAlias(let name, in: let namespace, from: _, to: _),
            .deleteAlias(let name, in: let namespace, pointingTo: _):
            aliases.forget(AliasPlace(name: name, namespace: namespace))
        case .certificate(let step): forget(step)
        case .access(let step): access.forget(step, accessKeys: accessKeys)
        case .setTags(let key, in: let namespace, _, limit: _), .removeTags(let key, in: let namespace, _):
            tags.forget(KeyPlace(id: key, namespace: namespace))
        case .setMaterial(let version, of: _, in: _, _): versions.forget(version)
        // Of a retired key nothing is read, so nothing of it is remembered.
        case .destroyMaterial, .destroyKey, .insertAccount, .insertImportPair, .takeImportTry, .returnImportTry,
            .deleteImportPair, .reserveUses, .keepWithin:
            break
        }
    }

    private func forget(_ step: CertificateStep) {
        switch step {
        case .insert(let certificate), .update(from: let certificate, to: _), .delete(let certificate):
            certificates.forget(CertificatePlace(id: certificate.id, namespace: certificate.namespace))
        case .setTags, .removeTags: break
        }
    }

    private func forget(_ id: KeyID, _ namespace: Namespace) { keys.forget(KeyPlace(id: id, namespace: namespace)) }
}

/// What is sealed anew is read anew, so that nobody is given a record that the root does not open any more.
extension CachedStore where Base: RootRotationStore {
    fileprivate func forget(_ row: SealedRow) {
        switch row {
        case .material(let version), .materialCheck(let version): versions.forget(version.id)
        case .certificateKey(let pair):
            let id = CertificateID(pair.identity.key.uuid)
            certificates.forget(CertificatePlace(id: id, namespace: pair.identity.namespace))
        case .accessKey(let key): accessKeys.forget(key.id)
        case .importPair, .auditKey, .lastingKey: break
        }
    }
}

extension CachedStore: SlotStore, RootRotationStore where Base: RootRotationStore {
    package func reseal(_ rows: [ResealedRow]) async throws(StoreError) {
        // A change that failed may have been made.
        defer { for resealed in rows { forget(resealed.row) } }
        try await base.reseal(rows)
    }

    package func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? {
        try await base.slotTable(name)
    }

    package func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool {
        try await base.holdsSealedRows(of: name)
    }

    package func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
        try await base.createSlotTable(table, name)
    }

    package func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError) {
        try await base.replaceSlotTable(table, name, replacing: replaced)
    }

    package func rootRotation() async throws(StoreError) -> StoredRootRotation? { try await base.rootRotation() }

    package func rootSuccessions(since generation: UInt32) async throws(StoreError) -> [[UInt8]] {
        try await base.rootSuccessions(since: generation)
    }

    package func lastingKeys() async throws(StoreError) -> [LastingKey] { try await base.lastingKeys() }

    package func beginRootRotation(_ start: RootRotationStart) async throws(StoreError) {
        try await base.beginRootRotation(start)
    }

    package func endPreviousTokens() async throws(StoreError) { try await base.endPreviousTokens() }

    package func endRootRotation(of generation: UInt32) async throws(StoreError) {
        try await base.endRootRotation(of: generation)
    }

    package func sealedRowCount(under generation: UInt32) async throws(StoreError) -> Int {
        try await base.sealedRowCount(under: generation)
    }

    package func sealedRows(
        _ kind: SealedRow.Kind,
        under generation: UInt32,
        after number: Int64,
        limit: Int
    ) async throws(StoreError) -> [NumberedSealedRow] {
        try await base.sealedRows(kind, under: generation, after: number, limit: limit)
    }
}

// Outside the generic class, so that the caches are specialised for them.
private struct KeyPlace: Hashable, Sendable {
    let id: KeyID
    let namespace: Namespace
}

private struct CertificatePlace: Hashable, Sendable {
    let id: CertificateID
    let namespace: Namespace
}

private struct AliasPlace: Hashable, Sendable {
    let name: AliasName
    let namespace: Namespace
}

/// What is not cached goes to the base as it is.
extension CachedStore {
    package func keys(
        in namespace: Namespace,
        matching filter: KeyFilter,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<KeyID> {
        try await base.keys(in: namespace, matching: filter, at: now, page: page)
    }

    package func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias> {
        try await base.aliases(in: namespace, of: key, at: now, page: page)
    }

    package func versions(
        of key: KeyID,
        in namespace: Namespace,
        page: Page
    ) async throws(StoreError) -> Listing<KeyVersionSummary> {
        try await base.versions(of: key, in: namespace, page: page)
    }

    package func certificate(
        clientToken: String,
        in namespace: Namespace
    ) async throws(StoreError) -> Certificate? {
        try await base.certificate(clientToken: clientToken, in: namespace)
    }

    package func tags(of certificate: CertificateID, in namespace: Namespace) async throws(StoreError) -> [Tag] {
        try await base.tags(of: certificate, in: namespace)
    }

    package func tags(
        matching query: TagQuery,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> [KeyTag] {
        try await base.tags(matching: query, in: namespace, at: now)
    }

    package func keysToRetire(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await base.keysToRetire(at: now, limit: limit)
    }

    package func keysToDestroy(at moment: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await base.keysToDestroy(at: moment, limit: limit)
    }

    package func keysToRotate(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await base.keysToRotate(at: now, limit: limit)
    }

    package func count(
        of subject: Quota.Subject,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> Int {
        try await base.count(of: subject, in: namespace, at: now)
    }

    package func scrub() async throws(StoreError) { try await base.scrub() }

    package func reservedUses(of version: KeyVersionID) async throws(StoreError) -> Int64 {
        try await base.reservedUses(of: version)
    }

    package func keysToStrip(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await base.keysToStrip(at: now, limit: limit)
    }

    package func importPair(_ id: ImportTokenID) async throws(StoreError) -> ImportPair? {
        try await base.importPair(id)
    }

    package func importPairsToDelete(at now: Timestamp, limit: Int) async throws(StoreError) -> [ImportTokenID] {
        try await base.importPairsToDelete(at: now, limit: limit)
    }

    package func account(_ id: AccountID) async throws(StoreError) -> Account? { try await base.account(id) }

    package func accounts() async throws(StoreError) -> [Account] { try await base.accounts() }

    package func accessKeys(of account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await base.accessKeys(of: account)
    }

    package func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] {
        try await base.unacknowledgedAuditLines()
    }

    package func acknowledgeAudit(of requestID: UUIDBytes) { base.acknowledgeAudit(of: requestID) }
}
