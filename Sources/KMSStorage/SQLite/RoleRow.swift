internal import GRDB
internal import KMSCore

/// A role's row, to and from its columns.
enum RoleRow {
    private static let columns = """
        id, account, name, description, trust_policy, maximum_duration, created_at, updated_at, revision
        """

    static let byID = SQLStatement("SELECT \(columns) FROM roles WHERE account = $1 AND id = $2")
    static let byName = SQLStatement("SELECT \(columns) FROM roles WHERE account = $1 AND name = $2")
    static let page = SQLStatement(
        "SELECT \(columns) FROM roles WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3"
    )
    static let isTaken = SQLStatement("SELECT 1 FROM roles WHERE account = $1 AND name = $2 OR id = $3")
    static let count = SQLStatement("SELECT count(*) FROM (SELECT 1 FROM roles WHERE account = $1 LIMIT $2)")
    static let insert = SQLStatement(
        "INSERT INTO roles (\(columns)) VALUES (\((1...9).map { "$\($0)" }.joined(separator: ", ")))"
    )
    static let update = SQLStatement(
        """
        UPDATE roles SET description = $4, trust_policy = $5, maximum_duration = $6, updated_at = $7, revision = $8
        WHERE account = $1 AND id = $2 AND revision = $3
        """
    )
    static let delete = SQLStatement("DELETE FROM roles WHERE account = $1 AND id = $2 AND revision = $3")

    static func insertArguments(_ role: Role) -> [(any DatabaseValueConvertible)?] {
        [
            role.id.description, role.account.description, role.name.description, role.description, role.trustPolicy,
            role.maximumDuration, role.createdAt.microseconds, role.updatedAt.microseconds, role.revision,
        ]
    }

    static func updateArguments(from old: Role, to new: Role) -> [(any DatabaseValueConvertible)?] {
        place(old) + [
            new.description, new.trustPolicy, new.maximumDuration, new.updatedAt.microseconds, new.revision,
        ]
    }

    /// What names a role of one revision.
    static func place(_ role: Role) -> [(any DatabaseValueConvertible)?] {
        [role.account.description, role.id.description, role.revision]
    }

    static func role(_ row: Row) throws -> Role {
        guard let id = RoleID(row[0]), let account = AccountID(row[1]), let name = RoleName(row[2]) else {
            throw DamagedRow()
        }
        return Role(
            id: id,
            account: account,
            name: name,
            description: row[3],
            trustPolicy: row[4],
            maximumDuration: row[5],
            createdAt: Timestamp(microseconds: row[6]),
            updatedAt: Timestamp(microseconds: row[7]),
            revision: row[8]
        )
    }
}
