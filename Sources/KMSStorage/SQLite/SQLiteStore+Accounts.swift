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
