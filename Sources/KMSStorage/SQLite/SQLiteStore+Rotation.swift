internal import FoundationEssentials
internal import GRDB
package import KMSCore

extension SQLiteStore: RootRotationStore {
    private static let successions = SQLStatement(
        "SELECT record FROM root_successions WHERE generation >= $1 ORDER BY generation"
    )
    private static let insertSuccession = SQLStatement(
        "INSERT INTO root_successions (generation, record) VALUES ($1, $2)"
    )
    private static let insertRotation = SQLStatement(
        "INSERT INTO root_rotation (one, generation, sealed_root, began_at, tokens_until) VALUES (1, $1, $2, $3, $4)"
    )
    private static let endTokens = SQLStatement("UPDATE root_rotation SET tokens_until = NULL")
    private static let deleteRotation = SQLStatement("DELETE FROM root_rotation WHERE generation = $1")
    private static let allLastingKeys = SQLStatement(
        "SELECT purpose, generation, sealed_key FROM lasting_keys ORDER BY purpose, generation"
    )
    private static let insertLastingKey = SQLStatement(
        "INSERT INTO lasting_keys (purpose, generation, sealed_key) VALUES ($1, $2, $3)"
    )

    package func rootRotation() async throws(StoreError) -> StoredRootRotation? {
        try await read { try RotationRow.current($0) }
    }

    package func rootSuccessions(since generation: UInt32) async throws(StoreError) -> [[UInt8]] {
        try await read { database in
            try Self.successions.rows(database, [Int64(generation)]).map { row in
                let record: Data = row[0]
                return Array(record)
            }
        }
    }

    package func lastingKeys() async throws(StoreError) -> [LastingKey] {
        try await read { try Self.allLastingKeys.rows($0).map(SealedRowWalk.lastingKey) }
    }

    package func beginRootRotation(_ start: RootRotationStart) async throws(StoreError) {
        try await writeSlots { database in
            guard try RotationRow.current(database) == nil,
                try SlotRows.table(.server, database)?.authenticationCode == start.replaced
            else { throw StoreError.conflict }
            try SlotRows.delete(.server, database)
            try SlotRows.insert(start.table, .server, database)
            let rotation = start.rotation
            try Self.insertRotation.execute(
                database,
                [
                    Int64(rotation.generation), Data(rotation.sealedRoot), rotation.beganAt.microseconds,
                    rotation.tokensUntil?.microseconds,
                ]
            )
            try Self.insertSuccession.execute(database, [Int64(rotation.generation), Data(start.succession)])
            for key in start.lastingKeys {
                try Self.insertLastingKey.execute(
                    database,
                    [key.use.rawValue, Int64(key.generation), Data(key.sealedKey)]
                )
            }
        }
    }

    package func endPreviousTokens() async throws(StoreError) {
        try await writeSlots { try Self.endTokens.execute($0) }
    }

    package func sealedRows(
        _ kind: SealedRow.Kind,
        under generation: UInt32,
        after number: Int64,
        limit: Int
    ) async throws(StoreError) -> [NumberedSealedRow] {
        try await read { try SealedRowWalk.rows(kind, under: generation, after: number, limit: limit, $0) }
    }

    package func sealedRowCount(under generation: UInt32) async throws(StoreError) -> Int {
        try await read { try SealedRowWalk.count(under: generation, $0) }
    }

    package func reseal(_ rows: [ResealedRow]) async throws(StoreError) {
        guard !rows.isEmpty else { return }
        commits.noteLeftBytes()
        try await writeSlots { database in for row in rows { try SealedRowWalk.replace(row, database) } }
    }

    package func endRootRotation(of generation: UInt32) async throws(StoreError) {
        commits.noteLeftBytes()
        try await writeSlots { database in
            guard try !SealedRowWalk.isAny(under: generation, database) else { throw StoreError.conflict }
            try Self.deleteRotation.execute(database, [Int64(generation)])
        }
        try await scrub()
    }
}

/// The row of the rotation that is under way.
enum RotationRow {
    private static let row = SQLStatement(
        "SELECT generation, sealed_root, began_at, tokens_until FROM root_rotation WHERE one = 1"
    )
    private static let writable = SQLStatement(
        """
        SELECT generation FROM root_slot_tables WHERE name = 'server'
        UNION ALL SELECT generation FROM root_rotation
        """
    )

    static func current(_ database: Database) throws -> StoredRootRotation? {
        guard let row = try row.row(database) else { return nil }
        let sealed: Data = row[1]
        return StoredRootRotation(
            generation: row[0],
            sealedRoot: Array(sealed),
            beganAt: Timestamp(microseconds: row[2]),
            tokensUntil: (row[3] as Int64?).map { Timestamp(microseconds: $0) }
        )
    }

    /// The generations that records may be written under; none where the database has no slot table.
    static func writableGenerations(_ database: Database) throws -> [UInt32] {
        try writable.rows(database).map { $0[0] }
    }
}

extension ChangeWriter {
    /// Refuses records that name a generation of the root key which the database has left: nobody could open them.
    ///
    /// - Parameter backend: who holds what is sealed; the key process seals under a root of its own.
    func demandCurrentSeal(_ records: [[UInt8]?], backend: String = "") throws {
        guard backend != SlotTableName.hsm.rawValue else { return }
        let generations = records.compactMap { $0.flatMap(SealedRecordHeader.generation(of:)) }
        guard !generations.isEmpty else { return }
        let writable = try RotationRow.writableGenerations(database)
        guard writable.isEmpty || generations.allSatisfy(writable.contains) else { throw StoreError.conflict }
    }
}
