internal import GRDB
internal import KMSCore

/// Brings the schema up to this code, one transaction a step, and refuses one that this code is too old for.
enum Migrator {
    static func migrate(_ database: Database, _ migrations: [Schema.Migration] = Schema.migrations) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS schema (
                    one SMALLINT NOT NULL PRIMARY KEY CHECK (one = 1),
                    version BIGINT NOT NULL,
                    oldest_compatible_code BIGINT NOT NULL
                )
                """
        )
        let row = try Row.fetchOne(database, sql: "SELECT version, oldest_compatible_code FROM schema")
        let version: Int = row?[0] ?? 0
        let oldestCompatibleCode: Int = row?[1] ?? 0
        let known = migrations.last?.version ?? 0
        guard oldestCompatibleCode <= known else {
            throw StoreError.unavailable(
                "The database has schema \(version), which needs a newer Keyhold: this one knows schema \(known)."
            )
        }
        for migration in migrations where migration.version > version {
            try database.inTransaction(.immediate) {
                for statement in migration.statements { try database.execute(sql: statement) }
                try database.execute(
                    sql: "INSERT OR REPLACE INTO schema (one, version, oldest_compatible_code) VALUES (1, ?, ?)",
                    arguments: [migration.version, migration.oldestCompatibleCode]
                )
                return .commit
            }
        }
    }
}
