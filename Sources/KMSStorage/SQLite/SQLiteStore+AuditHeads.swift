internal import FoundationEssentials
internal import GRDB
package import KMSCore

/// The row of the key that signs checkpoints.
enum AuditKeyRow {
    /// The key in a row that begins with public key, sealed private key and moment of creation.
    static func key(_ row: Row) -> AuditKeyRecord {
        let (publicKey, sealed): (Data, Data) = (row[0], row[1])
        return AuditKeyRecord(
            publicKey: Array(publicKey),
            sealedPrivateKey: Array(sealed),
            createdAt: Timestamp(microseconds: row[2])
        )
    }
}

extension SQLiteStore: AuditHeadStore {
    private static let heads = SQLStatement("SELECT line FROM audit_heads ORDER BY start, lane")
    private static let saveHead = SQLStatement(
        """
        INSERT INTO audit_heads (node, lane, start, line) VALUES ($1, $2, $3, $4)
        ON CONFLICT (node, lane) DO UPDATE SET start = excluded.start, line = excluded.line
        """
    )
    private static let dropEarlierStarts = SQLStatement("DELETE FROM audit_heads WHERE node = $1 AND start < $2")
    private static let key = SQLStatement(
        "SELECT public_key, sealed_private_key, created_at FROM audit_key WHERE one = 1"
    )
    private static let createKey = SQLStatement(
        "INSERT INTO audit_key (one, public_key, sealed_private_key, created_at) VALUES (1, $1, $2, $3)"
    )

    package func auditHeads() async throws(StoreError) -> [AuditHead] {
        try await read { database in
            try Self.heads.rows(database).map { row in
                let line: Data = row[0]
                guard let head = AuditHead(line: Array(line)) else { throw DamagedRow() }
                return head
            }
        }
    }

    /// Forgets the records of the outbox that the trail has, too: a start then has the less to look for.
    package func saveAuditHeads(_ heads: [AuditHead]) async throws(StoreError) {
        try await writing { [commits] database in
            for head in heads {
                let node = head.place.node.column
                try Self.dropEarlierStarts.execute(database, [node, head.place.start])
                try Self.saveHead.execute(database, [node, head.place.lane, head.place.start, Data(head.line)])
            }
            return try commits.forgetAcknowledged(in: database)
        } whenCommitted: { [commits] in
            commits.noteForgotten($0)
        }
    }

    package func auditKey() async throws(StoreError) -> AuditKeyRecord? {
        try await read { database in
            try Self.key.row(database).map(AuditKeyRow.key)
        }
    }

    package func createAuditKey(_ key: AuditKeyRecord) async throws(StoreError) {
        try await writing { database in
            guard try Self.key.row(database) == nil else { throw StoreError.alreadyExists }
            try Self.createKey.execute(
                database,
                [Data(key.publicKey), Data(key.sealedPrivateKey), key.createdAt.microseconds]
            )
        } whenCommitted: { _ in
        }
    }

    private func writing<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value,
        whenCommitted: @escaping @Sendable (Value) -> Void
    ) async throws(StoreError) {
        do {
            try await pool.writeWithoutTransaction { database in
                var value: Value?
                try database.inTransaction(.immediate) {
                    value = try body(database)
                    return .commit
                }
                if let value { whenCommitted(value) }
            }
        } catch let error as StoreError { throw error } catch { throw .unavailable("\(error)") }
    }
}
