internal import GRDB
package import KMSCore

extension SQLiteStore {
    private static let importPairByID = SQLStatement(
        """
        SELECT \(ImportPairRow.columns) FROM import_pairs w JOIN keys k ON k.id = w.key_id
        WHERE w.id = $1 AND k.is_retired = 0
        """
    )
    private static let expired = SQLStatement(
        "SELECT id FROM import_pairs WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2"
    )
    private static let strippable = SQLStatement(
        """
        SELECT \(KeyRow.columns) FROM keys
        WHERE material_expires_at IS NOT NULL AND has_material = 1 AND is_retired = 0 AND material_expires_at <= $1
        ORDER BY material_expires_at, sequence LIMIT $2
        """
    )

    package func importPair(_ id: ImportTokenID) async throws(StoreError) -> ImportPair? {
        try await read { try Self.importPairByID.row($0, [id.uuid.column]).map(ImportPairRow.importPair) }
    }

    package func importPairsToDelete(at now: Timestamp, limit: Int) async throws(StoreError) -> [ImportTokenID] {
        try await read { database in
            try Self.expired.rows(database, [now.microseconds, limit]).map { row in
                ImportTokenID(try UUIDBytes(column: row[0]))
            }
        }
    }

    package func keysToStrip(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] {
        try await keys(Self.strippable, now, limit)
    }
}
