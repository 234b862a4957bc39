internal import FoundationEssentials
internal import GRDB
package import KMSCore

extension SQLiteStore {
    private static let keyByID = SQLStatement(
        "SELECT \(KeyRow.columns) FROM keys WHERE id = $1 AND account = $2 AND region = $3 AND is_retired = 0"
    )
    private static let versionByID = SQLStatement(
        """
        SELECT \(KeyVersionRow.columns)
        FROM versions v JOIN keys k ON k.id = v.key_id WHERE v.id = $1 AND k.is_retired = 0
        """
    )
    private static let aliasByName = SQLStatement(
        "SELECT key_id FROM aliases WHERE account = $1 AND region = $2 AND name = $3"
    )
    private static let retirable = SQLStatement(
        """
        SELECT \(KeyRow.columns) FROM keys
        WHERE delete_at IS NOT NULL AND delete_at <= $1 AND is_retired = 0 ORDER BY delete_at, sequence LIMIT $2
        """
    )
    private static let destroyable = SQLStatement(
        """
        SELECT \(KeyRow.columns) FROM keys
        WHERE delete_at IS NOT NULL AND delete_at <= $1 AND is_retired = 1 ORDER BY delete_at, sequence LIMIT $2
        """
    )
    private static let rotatable = SQLStatement(
        """
        SELECT \(KeyRow.columns) FROM keys
        WHERE rotation_interval IS NOT NULL AND is_retired = 0
            AND last_rotation + rotation_interval * 1000000 <= $1 AND \(KeyListing.state) = 'Enabled'
        ORDER BY last_rotation + rotation_interval * 1000000, sequence LIMIT $2
        """
    )

    package func key(_ id: KeyID, in namespace: Namespace) async throws(StoreError) -> Key? {
        try await read { database in
            try Self.keyByID.row(database, [id.uuid.column] + namespace.columns).map(KeyRow.key)
        }
    }

    package func version(_ id: KeyVersionID) async throws(StoreError) -> KeyVersion? {
        try await read { database in
            try Self.versionByID.row(database, [id.uuid.column]).map(KeyVersionRow.version)
        }
    }

    package func alias(_ name: AliasName, in namespace: Namespace) async throws(StoreError) -> Alias? {
        try await read { database in
            try Self.aliasByName.row(database, namespace.columns + [name.description]).map { row in
                Alias(name: name, namespace: namespace, key: KeyID(try UUIDBytes(column: row[0])))
            }
        }
    }

    package func keysToRetire(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await keys(Self.retirable, now, limit)
    }

    package func keysToDestroy(at moment: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await keys(Self.destroyable, moment, limit)
    }

    package func keysToRotate(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await keys(Self.rotatable, now, limit)
    }

    func keys(_ statement: SQLStatement, _ moment: Timestamp, _ limit: Int) async throws(StoreError) -> [Key] {
        try await read { database in
            try statement.rows(database, [moment.microseconds, limit]).map(KeyRow.key)
        }
    }
}

extension Namespace {
    var columns: [(any DatabaseValueConvertible)?] { [account.description, region.description] }
}
