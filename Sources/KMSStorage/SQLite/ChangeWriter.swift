internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// Writes the steps of one change, within a savepoint that the caller has opened.
struct ChangeWriter {
    private let database: Database

    init(_ database: Database) { self.database = database }

    func write(_ change: Change) throws {
        if let mark = change.replay { try note(mark) }
        for step in change.steps { try write(step) }
        if let audit = change.audit {
            try AuditOutboxRows.insert.execute(database, [audit.requestID.column, Data(audit.line)])
        }
    }

    private func write(_ step: Change.Step) throws {
        switch step {
        case .insertKey, .updateKey, .retireKey, .destroyKey, .insertVersion, .expectKey: try writeKey(step)
        case .insertAlias, .moveAlias, .deleteAlias: try writeAlias(step)
        case .setTags(let key, in: _, let tags, let limit): try set(tags, on: key, limit: limit)
        case .removeTags(let key, in: _, let tagKeys): try removeTags(tagKeys, from: key)
        case .insertAccount(let account):
            try insertingOnce(.alreadyExists) {
                try Statements.insertAccount.execute(
                    database,
                    [account.id.description, account.createdAt.microseconds]
                )
            }
        case .insertAccessKey(let key):
            try insertingOnce(.alreadyExists) {
                try Statements.insertAccessKey.execute(
                    database,
                    [
                        key.id, key.account.description, key.identity.principal, key.isActive ? 1 : 0,
                        key.createdAt.microseconds, Data(key.sealedSecret),
                    ]
                )
            }
        }
    }

    private func writeKey(_ step: Change.Step) throws {
        switch step {
        case .insertKey(let key):
            try insertingOnce(.alreadyExists) { try KeyRow.insert.execute(database, KeyRow.insertArguments(key)) }
            try Counters.add(1, to: Counters.bucket(of: key), in: key.namespace, database)
        case .updateKey(from: let old, to: let new):
            guard try KeyRow.update.count(database, KeyRow.updateArguments(from: old, to: new)) == 1 else {
                throw StoreError.conflict
            }
            let (left, entered) = (Counters.bucket(of: old), Counters.bucket(of: new))
            guard left != entered else { return }
            try Counters.add(-1, to: left, in: old.namespace, database)
            try Counters.add(1, to: entered, in: old.namespace, database)
        case .retireKey(let key):
            guard try Statements.retireKey.count(database, [key.id.uuid.column, key.revision]) == 1 else {
                throw StoreError.conflict
            }
            let aliases = try Statements.deleteAliasesOfKey.count(database, [key.id.uuid.column])
            try Statements.deleteTagsOfKey.execute(database, [key.id.uuid.column])
            try Counters.add(0 - aliases, to: Counters.aliases, in: key.namespace, database)
            try Counters.add(-1, to: Counters.bucket(of: key), in: key.namespace, database)
        case .destroyKey(let id):
            try Statements.deleteVersionsOfRetiredKey.execute(database, [id.uuid.column])
            try Statements.deleteRetiredKey.execute(database, [id.uuid.column])
        case .insertVersion(let version):
            try insertingOnce(.alreadyExists) {
                try Statements.insertVersion.execute(
                    database,
                    [
                        version.id.uuid.column, version.identity.key.uuid.column,
                        Int(version.identity.algorithm.rawValue), version.createdAt.microseconds,
                        Data(version.sealedMaterial),
                    ]
                )
            }
        case .expectKey(let key):
            guard try Statements.expectKey.row(database, [key.id.uuid.column, key.revision]) != nil else {
                throw StoreError.conflict
            }
        default: break
        }
    }

    private func writeAlias(_ step: Change.Step) throws {
        switch step {
        case .insertAlias(let alias):
            try insertingOnce(.aliasExists) {
                try Statements.insertAlias.execute(
                    database,
                    name(alias.name, alias.namespace) + [alias.key.uuid.column]
                )
            }
            try Counters.add(1, to: Counters.aliases, in: alias.namespace, database)
        case .moveAlias(let alias, in: let namespace, from: let old, to: let new):
            let arguments = name(alias, namespace) + [old.uuid.column, new.uuid.column]
            guard try Statements.moveAlias.count(database, arguments) == 1 else { throw StoreError.aliasMoved }
        case .deleteAlias(let alias, in: let namespace, pointingTo: let key):
            let arguments = name(alias, namespace) + [key.uuid.column]
            guard try Statements.deleteAlias.count(database, arguments) == 1 else { throw StoreError.aliasMoved }
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
        for tagKey in tagKeys { try Statements.deleteTag.execute(database, [key.uuid.column, tagKey]) }
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
    private func insertingOnce(_ error: StoreError, _ insert: () throws -> Void) throws {
        do { try insert() } catch let failure as DatabaseError
            where failure.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
            || failure.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY
        {
            throw error
        }
    }
}
