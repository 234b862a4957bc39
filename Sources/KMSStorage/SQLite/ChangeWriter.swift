internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// Writes the steps of one change, within a savepoint that the caller has opened.
struct ChangeWriter {
    let database: Database

    init(_ database: Database) { self.database = database }

    func write(_ change: Change) throws {
        if let mark = change.replay { try note(mark) }
        for step in change.steps { try write(step) }
        try demandDefaultVersions(after: change)
        if let audit = change.audit {
            try AuditOutboxRows.insert.execute(database, [audit.requestID.column, Data(audit.line)])
        }
    }

    private func write(_ step: Change.Step) throws {
        switch step {
        case .insertKey, .updateKey, .retireKey, .destroyMaterial, .destroyKey, .insertVersion, .expectKey,
            .reserveUses, .keepWithin:
            try writeKey(step)
        case .setMaterial, .insertImportPair, .takeImportTry, .returnImportTry, .deleteImportPair:
            try writeImport(step)
        case .insertAlias, .moveAlias, .deleteAlias: try writeAlias(step)
        case .setTags(let key, in: let namespace, let tags, let limit):
            _ = try demand(key, in: namespace)
            try set(tags, on: key, limit: limit)
        case .removeTags(let key, in: let namespace, let tagKeys):
            if try liveKey(key, in: namespace) != nil { try removeTags(tagKeys, from: key) }
        case .certificate(let step): try write(step)
        case .insertAccount(let account):
            try insertingOnce(.alreadyExists) {
                try Statements.insertAccount.execute(
                    database,
                    [account.id.description, account.createdAt.microseconds]
                )
            }
        case .access(let step): try write(step)
        }
    }

    private func writeKey(_ step: Change.Step) throws {
        switch step {
        case .insertKey(let key):
            try insertingOnce(.alreadyExists) { try KeyRow.insert.execute(database, KeyRow.insertArguments(key)) }
            try Counters.add(1, to: Counters.bucket(of: key), in: key.namespace, database)
        case .updateKey(from: let old, to: let new):
            let stored = try demandRevision(of: old)
            try KeyRow.update.execute(database, KeyRow.updateArguments(from: old, to: new))
            let (left, entered) = (Counters.bucket(of: stored), Counters.bucket(of: new))
            guard left != entered else { return }
            try Counters.add(-1, to: left, in: old.namespace, database)
            try Counters.add(1, to: entered, in: old.namespace, database)
        case .retireKey(let key):
            let stored = try demandRevision(of: key)
            guard stored.deleteAt != nil else { throw StoreError.conflict }
            try Statements.retireKey.execute(database, [key.id.uuid.column])
            let aliases = try Statements.deleteAliasesOfKey.count(database, [key.id.uuid.column])
            try Statements.deleteTagsOfKey.execute(database, [key.id.uuid.column])
            let versions: Int = try Statements.versionCount.row(database, [key.id.uuid.column])?[0] ?? 0
            try Counters.add(0 - aliases, to: Counters.aliases, in: key.namespace, database)
            try Counters.add(0 - versions, to: Counters.versions, in: key.namespace, database)
            try Counters.add(-1, to: Counters.bucket(of: stored), in: key.namespace, database)
        case .destroyMaterial(of: let id):
            guard try Statements.retiredKey.row(database, [id.uuid.column]) != nil else { throw StoreError.conflict }
            try Statements.deleteVersionsOfKey.execute(database, [id.uuid.column])
            try ImportPairRow.deleteOfKey.execute(database, [id.uuid.column])
        case .destroyKey(let id):
            guard try Statements.deleteRetiredKey.count(database, [id.uuid.column]) == 1 else {
                throw StoreError.conflict
            }
        case .insertVersion(let version):
            _ = try demand(version.identity.key, in: version.identity.namespace)
            try demandCurrentSeal(
                [version.sealedMaterial, version.sealedCheck],
                backend: version.identity.backend
            )
            try insertingOnce(.alreadyExists) {
                try Statements.insertVersion.execute(
                    database,
                    [
                        version.id.uuid.column, version.identity.key.uuid.column,
                        Int(version.identity.algorithm?.rawValue ?? 0), version.createdAt.microseconds,
                        Data(version.sealedMaterial ?? []), version.publicKey.map { Data($0) },
                        version.sealedCheck.map { Data($0) },
                    ]
                )
            }
            try Statements.countVersion.execute(database, [version.identity.key.uuid.column])
            try Counters.add(1, to: Counters.versions, in: version.identity.namespace, database)
        case .expectKey(let key):
            _ = try demandRevision(of: key)
        case .keepWithin(let quota): try demandRoom(quota)
        case .reserveUses(of: let version, from: let old, to: let new):
            guard try Statements.reserveUses.count(database, [version.uuid.column, old, new]) == 1 else {
                throw StoreError.conflict
            }
        default: break
        }
    }

    private func writeAlias(_ step: Change.Step) throws {
        switch step {
        case .insertAlias(let alias):
            guard try Statements.aliasExists.row(database, name(alias.name, alias.namespace)) == nil else {
                throw StoreError.aliasExists
            }
            _ = try demand(alias.key, in: alias.namespace)
            try Statements.insertAlias.execute(
                database,
                name(alias.name, alias.namespace) + [alias.key.uuid.column]
            )
            try Statements.countAlias.execute(database, [alias.key.uuid.column, 1])
            try Counters.add(1, to: Counters.aliases, in: alias.namespace, database)
        case .moveAlias(let alias, in: let namespace, from: let old, to: let new):
            let target = try liveKey(new, in: namespace)
            let arguments = name(alias, namespace) + [old.uuid.column, (target?.id ?? old).uuid.column]
            guard try Statements.moveAlias.count(database, arguments) == 1 else { throw StoreError.aliasMoved }
            guard target != nil else { throw StoreError.conflict }
            try Statements.countAlias.execute(database, [old.uuid.column, -1])
            try Statements.countAlias.execute(database, [new.uuid.column, 1])
        case .deleteAlias(let alias, in: let namespace, pointingTo: let key):
            let arguments = name(alias, namespace) + [key.uuid.column]
            guard try Statements.deleteAlias.count(database, arguments) == 1 else { throw StoreError.aliasMoved }
            try Statements.countAlias.execute(database, [key.uuid.column, -1])
            try Counters.add(-1, to: Counters.aliases, in: namespace, database)
        default: break
        }
    }

    private func name(_ alias: AliasName, _ namespace: Namespace) -> [(any DatabaseValueConvertible)?] {
        [namespace.account.description, namespace.region.description, alias.description]
    }

    private func set(_ tags: [Tag], on key: KeyID, limit: Int) throws {
        for tag in tags { try Statements.setTag.execute(database, [key.uuid.column, tag.key, tag.value]) }
        let count: Int = try Statements.countTags.row(database, [key.uuid.column])?[0] ?? 0
        guard count <= limit else { throw StoreError.tooManyTags }
    }

    private func removeTags(_ tagKeys: [String]?, from key: KeyID) throws {
        guard let tagKeys else { return try Statements.deleteTagsOfKey.execute(database, [key.uuid.column]) }
        // SQLite takes a text for ended at its first NUL; no tag holds one.
        for tagKey in tagKeys where !tagKey.utf8.contains(0) {
            try Statements.deleteTag.execute(database, [key.uuid.column, tagKey])
        }
    }

    /// The key, unless it is retired or another namespace's.
    private func liveKey(_ id: KeyID, in namespace: Namespace) throws -> Key? {
        try Statements.liveKey.row(database, [id.uuid.column] + namespace.columns).map(KeyRow.key)
    }

    func demand(_ id: KeyID, in namespace: Namespace) throws -> Key {
        guard let key = try liveKey(id, in: namespace) else { throw StoreError.conflict }
        return key
    }

    /// The key as it is stored, unless it has changed since `key` was read.
    private func demandRevision(of key: Key) throws -> Key {
        let stored = try demand(key.id, in: key.namespace)
        guard stored.revision == key.revision else { throw StoreError.conflict }
        return stored
    }

    /// A nonce counts once. Marks that no request could repeat any more go, a few with each new one.
    private func note(_ mark: ReplayMark) throws {
        let horizon = mark.timestamp.adding(seconds: -2 * 1_860).microseconds
        try Statements.pruneMarks.execute(database, [horizon])
        try insertingOnce(.replayed) {
            try Statements.insertMark.execute(database, [mark.digest.column, mark.timestamp.microseconds])
        }
    }

    /// Runs an insert whose only failure may be that the row is there.
    func insertingOnce(_ error: StoreError, _ insert: () throws -> Void) throws {
        do { try insert() } catch let failure as DatabaseError
            where failure.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
            || failure.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY
        {
            throw error
        }
    }
}
