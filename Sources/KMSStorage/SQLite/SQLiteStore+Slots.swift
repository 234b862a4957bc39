internal import FoundationEssentials
internal import GRDB
package import KMSCore

extension SQLiteStore {
    package func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? {
        try await read { try SlotRows.table(name, $0) }
    }

    package func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool {
        try await read { try SlotRows.sealedRowsExist(of: name, $0) }
    }

    package func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
        try await writeSlots { database in
            guard try SlotRows.table(name, database) == nil, try !SlotRows.sealedRowsExist(of: name, database) else {
                throw StoreError.alreadyExists
            }
            try SlotRows.insert(table, name, database)
        }
    }

    package func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError) {
        try await writeSlots { database in
            guard try SlotRows.table(name, database)?.authenticationCode == replaced else { throw StoreError.conflict }
            try SlotRows.delete(name, database)
            try SlotRows.insert(table, name, database)
        }
    }

    func writeSlots(_ body: @escaping @Sendable (Database) throws -> Void) async throws(StoreError) {
        do {
            try await pool.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    try body(database)
                    return .commit
                }
            }
        } catch let error as StoreError { throw error } catch { throw .unavailable("\(error)") }
    }
}

/// The rows of the tables of root-key slots.
enum SlotRows {
    private static let tableOfName = SQLStatement(
        "SELECT database_id, generation, authentication_code FROM root_slot_tables WHERE name = $1"
    )
    private static let slotsOfName = SQLStatement("SELECT slot FROM root_slots WHERE name = $1 ORDER BY sequence")
    private static let insertTable = SQLStatement(
        "INSERT INTO root_slot_tables (name, database_id, generation, authentication_code) VALUES ($1, $2, $3, $4)"
    )
    private static let insertSlot = SQLStatement("INSERT INTO root_slots (name, sequence, slot) VALUES ($1, $2, $3)")
    private static let deleteTable = SQLStatement("DELETE FROM root_slot_tables WHERE name = $1")
    private static let deleteSlots = SQLStatement("DELETE FROM root_slots WHERE name = $1")
    private static let anySealedRow = SQLStatement(
        """
        SELECT EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM certificates) OR EXISTS (SELECT 1 FROM accounts)
            OR EXISTS (SELECT 1 FROM access_keys) OR EXISTS (SELECT 1 FROM audit_key)
        """
    )
    private static let anyRowOfHolder = SQLStatement(
        """
        SELECT EXISTS (SELECT 1 FROM keys WHERE backend = $1)
            OR EXISTS (SELECT 1 FROM certificates WHERE backend = $1)
        """
    )

    static func table(_ name: SlotTableName, _ database: Database) throws -> SlotTable? {
        guard let row = try tableOfName.row(database, [name.rawValue]) else { return nil }
        let code: Data = row[2]
        let slots = try slotsOfName.rows(database, [name.rawValue]).map { row in
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

    static func sealedRowsExist(of name: SlotTableName, _ database: Database) throws -> Bool {
        switch name {
        case .server: try anySealedRow.row(database)?[0] ?? true
        case .hsm: try anyRowOfHolder.row(database, [name.rawValue])?[0] ?? true
        }
    }

    static func insert(_ table: SlotTable, _ name: SlotTableName, _ database: Database) throws {
        let code = Data(table.authenticationCode)
        try insertTable.execute(
            database,
            [name.rawValue, table.databaseID.column, Int64(table.generation), code]
        )
        for (index, slot) in table.slots.enumerated() {
            try insertSlot.execute(database, [name.rawValue, index + 1, Data(slot)])
        }
    }

    static func delete(_ name: SlotTableName, _ database: Database) throws {
        try deleteSlots.execute(database, [name.rawValue])
        try deleteTable.execute(database, [name.rawValue])
    }
}
