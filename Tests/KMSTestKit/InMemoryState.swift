internal import KMSCore

/// All rows, in the order of their creation, and what a change does to them.
struct InMemoryState {
    struct StoredKey {
        var key: Key
        var isRetired = false
        var tags: [Tag] = []
    }

    struct StoredRecord {
        let requestID: UUIDBytes
        let line: [UInt8]
    }

    var keys: [StoredKey] = []
    var versions: [KeyVersion] = []
    var reservedUses: [KeyVersionID: Int64] = [:]
    var importPairs: [ImportPair] = []
    var aliases: [Alias] = []
    var certificates = InMemoryCertificates()
    var accounts: [Account] = []
    var accessKeys: [AccessKey] = []
    var users: [User] = []
    var policies: [Policy] = []
    var policyVersions: [PolicyVersion] = []
    var attachments: [PolicyAttachment] = []
    var roles: [Role] = []
    var services: [RegisteredService] = []
    var slotTables: [SlotTableName: SlotTable] = [:]
    var replayMarks: Set<UUIDBytes> = []
    var outbox: [StoredRecord] = []

    func holdsSealedRows(of name: SlotTableName) -> Bool {
        switch name {
        case .server: !keys.isEmpty || !certificates.isEmpty || !accounts.isEmpty || !accessKeys.isEmpty
        case .hsm:
            keys.contains { $0.key.backend == name.rawValue } || certificates.holds(backend: name.rawValue)
        }
    }

    /// The place of a key, retired or not, in the order of creation.
    func position(of id: KeyID) -> Int? { keys.firstIndex { $0.key.id == id } }

    func liveKey(_ id: KeyID, in namespace: Namespace) -> Key? {
        keys.first { $0.key.id == id && $0.key.namespace == namespace && !$0.isRetired }?.key
    }

    /// The keys of a namespace that exist at `now`.
    func keys(at now: Timestamp, in namespace: Namespace) -> [Key] {
        keys.filter { !$0.isRetired && $0.key.namespace == namespace && !$0.key.isGone(at: now) }.map(\.key)
    }

    func count(of subject: Quota.Subject, in namespace: Namespace, at now: Timestamp) -> Int {
        let keys = keys(at: now, in: namespace)
        let ids = Set(keys.map(\.id))
        return switch subject {
        case .keys: keys.count { $0.creatorType == .user }
        case .aliases: aliases.count { ids.contains($0.key) }
        case .versions: versions.count { ids.contains($0.identity.key) }
        case .versionsOfKey(let id): ids.contains(id) ? versions.count { $0.identity.key == id } : 0
        }
    }

    func sortedTags(of id: KeyID) -> [Tag] {
        (keys.first { $0.key.id == id }?.tags ?? []).sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    mutating func apply(_ change: Change) throws(StoreError) {
        if let mark = change.replay {
            guard replayMarks.insert(mark.digest).inserted else { throw .replayed }
        }
        for step in change.steps { try apply(step) }
        try demandDefaultVersions()
        if let audit = change.audit {
            outbox.append(StoredRecord(requestID: audit.requestID, line: audit.line))
        }
    }

    private mutating func apply(_ step: Change.Step) throws(StoreError) {
        switch step {
        case .insertKey(let key):
            guard position(of: key.id) == nil else { throw .alreadyExists }
            keys.append(StoredKey(key: key))
        case .updateKey(let old, let new): keys[try index(of: old)].key = new
        case .insertVersion(let version):
            _ = try index(of: version.identity.key, in: version.identity.namespace)
            guard !versions.contains(where: { $0.id == version.id }) else { throw .alreadyExists }
            versions.append(version)
        case .retireKey(let key):
            let index = try index(of: key)
            guard keys[index].key.deleteAt != nil else { throw .conflict }
            keys[index].isRetired = true
            keys[index].tags = []
            aliases.removeAll { $0.key == key.id }
        case .destroyMaterial(of: let id):
            guard let index = position(of: id), keys[index].isRetired else { throw .conflict }
            versions.removeAll { $0.identity.key == id }
            importPairs.removeAll { $0.identity.key == id }
        case .destroyKey(let id):
            guard let index = position(of: id), keys[index].isRetired,
                !versions.contains(where: { $0.identity.key == id }),
                !importPairs.contains(where: { $0.identity.key == id })
            else { throw .conflict }
            keys.remove(at: index)
        case .setMaterial, .insertImportPair, .takeImportTry, .returnImportTry, .deleteImportPair:
            try applyToImports(step)
        case .insertAlias, .moveAlias, .deleteAlias: try applyToAliases(step)
        case .setTags(let id, let namespace, let tags, let limit):
            try setTags(tags, at: try index(of: id, in: namespace), limit: limit)
        case .removeTags(let id, let namespace, let names):
            guard let index = try? index(of: id, in: namespace) else { return }
            keys[index].tags.removeAll { names?.contains($0.key) ?? true }
        case .expectKey(let key): _ = try index(of: key)
        case .keepWithin(let quota):
            guard count(of: quota.subject, in: quota.namespace, at: quota.moment) <= quota.limit else {
                throw .limitReached
            }
        case .certificate(let step): try certificates.apply(step)
        case .reserveUses(let version, let old, let new):
            guard versions.contains(where: { $0.id == version }), reservedUses[version, default: 0] == old else {
                throw .conflict
            }
            reservedUses[version] = new
        case .insertAccount(let account):
            guard !accounts.contains(where: { $0.id == account.id }) else { throw .alreadyExists }
            accounts.append(account)
        case .access(let step): try apply(step)
        }
    }

    private mutating func applyToAliases(_ step: Change.Step) throws(StoreError) {
        switch step {
        case .insertAlias(let alias):
            guard !aliases.contains(where: { $0.name == alias.name && $0.namespace == alias.namespace }) else {
                throw .aliasExists
            }
            _ = try index(of: alias.key, in: alias.namespace)
            aliases.append(alias)
        case .moveAlias(let name, let namespace, let old, let new):
            let position = try index(of: name, in: namespace, pointingTo: old)
            _ = try index(of: new, in: namespace)
            aliases[position] = Alias(name: name, namespace: namespace, key: new)
        case .deleteAlias(let name, let namespace, let key):
            aliases.remove(at: try index(of: name, in: namespace, pointingTo: key))
        default: break
        }
    }

    private mutating func setTags(_ tags: [Tag], at index: Int, limit: Int) throws(StoreError) {
        for tag in tags {
            keys[index].tags.removeAll { $0.key == tag.key }
            keys[index].tags.append(tag)
        }
        guard keys[index].tags.count <= limit else { throw .tooManyTags }
    }

    func index(of id: KeyID, in namespace: Namespace) throws(StoreError) -> Int {
        guard let index = position(of: id), keys[index].key.namespace == namespace, !keys[index].isRetired else {
            throw .conflict
        }
        return index
    }

    /// The place of a live key that still has the revision of `key`.
    private func index(of key: Key) throws(StoreError) -> Int {
        let index = try index(of: key.id, in: key.namespace)
        guard keys[index].key.revision == key.revision else { throw .conflict }
        return index
    }

    private func index(
        of name: AliasName,
        in namespace: Namespace,
        pointingTo key: KeyID
    ) throws(StoreError) -> Int {
        guard
            let index = aliases.firstIndex(where: { $0.name == name && $0.namespace == namespace && $0.key == key })
        else { throw .aliasMoved }
        return index
    }
}
