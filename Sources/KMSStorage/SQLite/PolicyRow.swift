internal import GRDB
internal import KMSCore

/// A policy's row, to and from its columns.
enum PolicyRow {
    private static let columns = """
        id, account, name, description, default_version, newest_version, created_at, updated_at, revision
        """

    static let byName = SQLStatement("SELECT \(columns) FROM policies WHERE account = $1 AND name = $2")
    static let page = SQLStatement(
        "SELECT \(columns) FROM policies WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3"
    )
    static let exists = SQLStatement("SELECT 1 FROM policies WHERE id = $1")
    static let isTaken = SQLStatement("SELECT 1 FROM policies WHERE account = $1 AND name = $2 OR id = $3")
    static let count = SQLStatement("SELECT count(*) FROM (SELECT 1 FROM policies WHERE account = $1 LIMIT $2)")
    static let insert = SQLStatement(
        "INSERT INTO policies (\(columns)) VALUES (\((1...9).map { "$\($0)" }.joined(separator: ", ")))"
    )
    static let update = SQLStatement(
        """
        UPDATE policies SET description = $4, default_version = $5, newest_version = $6, updated_at = $7, revision = $8
        WHERE account = $1 AND id = $2 AND revision = $3
        """
    )
    static let ofRevision = SQLStatement(
        "SELECT \(columns) FROM policies WHERE account = $1 AND id = $2 AND revision = $3"
    )
    static let delete = SQLStatement("DELETE FROM policies WHERE account = $1 AND id = $2 AND revision = $3")
    static let lacksDefault = SQLStatement(
        """
        SELECT 1 FROM policies p WHERE id = $1 AND NOT EXISTS (
            SELECT 1 FROM policy_versions WHERE policy_id = p.id AND number = p.default_version
        )
        """
    )

    static func insertArguments(_ policy: Policy) -> [(any DatabaseValueConvertible)?] {
        [
            policy.id.column, policy.account.description, policy.name.description, policy.description,
            policy.defaultVersion, policy.newestVersion, policy.createdAt.microseconds,
            policy.updatedAt.microseconds, policy.revision,
        ]
    }

    static func updateArguments(from old: Policy, to new: Policy) -> [(any DatabaseValueConvertible)?] {
        place(old) + [
            new.description, new.defaultVersion, new.newestVersion, new.updatedAt.microseconds, new.revision,
        ]
    }

    /// What names a policy of one revision.
    static func place(_ policy: Policy) -> [(any DatabaseValueConvertible)?] {
        [policy.account.description, policy.id.column, policy.revision]
    }

    static func policy(_ row: Row) throws -> Policy {
        guard let account = AccountID(row[1]), let name = PolicyName(row[2]) else { throw DamagedRow() }
        return Policy(
            id: try UUIDBytes(column: row[0]),
            account: account,
            name: name,
            description: row[3],
            defaultVersion: row[4],
            newestVersion: row[5],
            createdAt: Timestamp(microseconds: row[6]),
            updatedAt: Timestamp(microseconds: row[7]),
            revision: row[8]
        )
    }
}

/// The row of one version of a policy.
enum PolicyVersionRow {
    static let ofPolicy = SQLStatement(
        "SELECT policy_id, number, document, created_at FROM policy_versions WHERE policy_id = $1 ORDER BY number"
    )
    static let insert = SQLStatement(
        "INSERT INTO policy_versions (policy_id, number, document, created_at) VALUES ($1, $2, $3, $4)"
    )
    static let delete = SQLStatement("DELETE FROM policy_versions WHERE policy_id = $1 AND number = $2")
    static let deleteOfPolicy = SQLStatement("DELETE FROM policy_versions WHERE policy_id = $1")

    static func insertArguments(_ version: PolicyVersion) -> [(any DatabaseValueConvertible)?] {
        [version.policy.column, version.number, version.document, version.createdAt.microseconds]
    }

    static func version(_ row: Row) throws -> PolicyVersion {
        PolicyVersion(
            policy: try UUIDBytes(column: row[0]),
            number: row[1],
            document: row[2],
            createdAt: Timestamp(microseconds: row[3])
        )
    }
}
