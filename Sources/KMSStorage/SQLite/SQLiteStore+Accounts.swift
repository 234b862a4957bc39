internal import FoundationEssentials
internal import GRDB
package import KMSCore

extension SQLiteStore {
    private static let accountByID = SQLStatement("SELECT id, created_at FROM accounts WHERE id = $1")
    private static let allAccounts = SQLStatement("SELECT id, created_at FROM accounts ORDER BY sequence")

    package func account(_ id: AccountID) async throws(StoreError) -> Account? {
        try await read { try Self.accountByID.row($0, [id.description]).map(Self.account) }
    }

    package func accounts() async throws(StoreError) -> [Account] {
        try await read { try Self.allAccounts.rows($0).map(Self.account) }
    }

    package func accessKey(_ id: String) async throws(StoreError) -> AccessKey? {
        // SQLite ends a text at U+0000; no id contains it.
        guard !id.utf8.contains(0) else { return nil }
        return try await read { try AccessKeyRow.byID.row($0, [id]).map(AccessKeyRow.accessKey) }
    }

    package func accessKeys(of account: AccountID) async throws(StoreError) -> [AccessKey] {
        try await read { try AccessKeyRow.ofAccount.rows($0, [account.description]).map(AccessKeyRow.accessKey) }
    }

    private static func account(_ row: Row) throws -> Account {
        guard let id = AccountID(row[0]) else { throw DamagedRow() }
        return Account(id: id, createdAt: Timestamp(microseconds: row[1]))
    }
}

extension SQLiteStore {
    private static let slotTable = SQLStatement(
        "SELECT database_id, generation, authentication_code FROM slot_table WHERE one = 1"
    )
    private static let slots = SQLStatement("SELECT slot FROM slots ORDER BY sequence")
    private static let insertSlotTable = SQLStatement(
        "INSERT INTO slot_table (one, database_id, generation, authentication_code) VALUES (1, $1, $2, $3)"
    )
    private static let insertSlot = SQLStatement("INSERT INTO slots (sequence, slot) VALUES ($1, $2)")
    private static let anySealedRow = SQLStatement(
        """
        SELECT EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM certificates) OR EXISTS (SELECT 1 FROM accounts)
            OR EXISTS (SELECT 1 FROM access_keys) OR EXISTS (SELECT 1 FROM audit_key)
        """
    )

    package func slotTable() async throws(StoreError) -> SlotTable? {
        try await read { try Self.table($0) }
    }

    package func holdsSealedRows() async throws(StoreError) -> Bool {
        try await read { try Self.anySealedRow.row($0)?[0] ?? true }
    }

    package func createSlotTable(_ table: SlotTable) async throws(StoreError) {
        do {
            try await pool.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    let isSealed: Bool = try Self.anySealedRow.row(database)?[0] ?? true
                    guard try Self.table(database) == nil, !isSealed else { throw StoreError.alreadyExists }
                    let code = Data(table.authenticationCode)
                    try Self.insertSlotTable.execute(
                        database,
                        [table.databaseID.column, Int64(table.generation), code]
                    )
                    for (index, slot) in table.slots.enumerated() {
                        try Self.insertSlot.execute(database, [index + 1, Data(slot)])
                    }
                    return .commit
                }
            }
        } catch let error as StoreError { throw error } catch { throw .unavailable("\(error)") }
    }

    private static func table(_ database: Database) throws -> SlotTable? {
        guard let row = try slotTable.row(database) else { return nil }
        let code: Data = row[2]
        let slots = try slots.rows(database).map { row in
            let slot: Data = row[0]
            return Array(slot)
        }
        return SlotTable(
            databaseID: try UUIDBytes(column: row[0]),
            generation: row[1],
            slots: slots,
            authenticationCode: Array(code)
        )
    }
}

extension SQLiteStore {
    package func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] {
        // Taken before the rows: what is acknowledged later was not when the caller asked.
        let acknowledged = commits.acknowledged
        let rows = try await read { database in
            try AuditOutboxRows.all.rows(database).map { row in
                let line: Data = row[1]
                return (requestID: try UUIDBytes(column: row[0]), line: Array(line))
            }
        }
        return rows.filter { !acknowledged.contains($0.requestID) }
    }
}
