internal import FoundationEssentials
internal import GRDB
package import KMSCore

extension SQLiteStore: BackendStore {
    private static let all = SQLStatement(
        """
        SELECT name, wrapping_key_id, generation, sample, check_value, created_at FROM backends ORDER BY name
        """
    )
    private static let known = SQLStatement(
        "SELECT EXISTS (SELECT 1 FROM backends WHERE name = $1 OR wrapping_key_id = $2)"
    )
    private static let insert = SQLStatement(
        """
        INSERT INTO backends (name, wrapping_key_id, generation, sample, check_value, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """
    )

    package func backends() async throws(StoreError) -> [Backend] {
        try await read { database in
            try Self.all.rows(database).map { row in
                let (id, sample, value): (Data, Data, Data) = (row[1], row[3], row[4])
                return Backend(
                    name: row[0],
                    wrappingKeyID: Array(id),
                    generation: row[2],
                    sample: Array(sample),
                    checkValue: Array(value),
                    createdAt: Timestamp(microseconds: row[5])
                )
            }
        }
    }

    package func insertBackend(_ backend: Backend) async throws(StoreError) {
        do {
            try await pool.writeWithoutTransaction { database in
                try database.inTransaction(.immediate) {
                    let id = Data(backend.wrappingKeyID)
                    let isKnown: Bool = try Self.known.row(database, [backend.name, id])?[0] ?? true
                    guard !isKnown else { throw StoreError.alreadyExists }
                    try Self.insert.execute(
                        database,
                        [
                            backend.name, id, Int64(backend.generation), Data(backend.sample),
                            Data(backend.checkValue), backend.createdAt.microseconds,
                        ]
                    )
                    return .commit
                }
            }
        } catch let error as StoreError { throw error } catch { throw .unavailable("\(error)") }
    }
}
