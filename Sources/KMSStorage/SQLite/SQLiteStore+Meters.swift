internal import GRDB
package import KMSCore

extension SQLiteStore: MeterStore {
    private static let reservedUses = SQLStatement("SELECT reserved_uses FROM versions WHERE id = $1")

    package func reservedUses(of version: KeyVersionID) async throws(StoreError) -> Int64 {
        try await read { database in
            try Self.reservedUses.row(database, [version.uuid.column])?[0] ?? 0
        }
    }
}
