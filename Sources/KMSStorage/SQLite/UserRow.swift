internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// A user's row, to and from its columns.
enum UserRow {
    private static let columns = """
        id, account, name, display_name, mobile_phone, email, comments, password_hash, created_at, updated_at, revision
        """

    static let byID = SQLStatement("SELECT \(columns) FROM users WHERE account = $1 AND id = $2")
    static let byName = SQLStatement("SELECT \(columns) FROM users WHERE account = $1 AND name = $2")
    static let page = SQLStatement(
        "SELECT \(columns) FROM users WHERE account = $1 AND name > $2 ORDER BY name LIMIT $3"
    )
    static let isTaken = SQLStatement("SELECT 1 FROM users WHERE account = $1 AND name = $2 OR id = $3")
    static let count = SQLStatement("SELECT count(*) FROM (SELECT 1 FROM users WHERE account = $1 LIMIT $2)")
    static let insert = SQLStatement(
        "INSERT INTO users (\(columns)) VALUES (\((1...11).map { "$\($0)" }.joined(separator: ", ")))"
    )
    static let update = SQLStatement(
        """
        UPDATE users SET name = $4, display_name = $5, mobile_phone = $6, email = $7, comments = $8,
            password_hash = $9, updated_at = $10, revision = $11
        WHERE account = $1 AND id = $2 AND revision = $3
        """
    )
    static let delete = SQLStatement("DELETE FROM users WHERE account = $1 AND id = $2 AND revision = $3")

    static func insertArguments(_ user: User) -> [(any DatabaseValueConvertible)?] {
        [
            user.id.description, user.account.description, user.name.description, user.displayName,
            user.mobilePhone, user.email, user.comments, user.passwordHash.map { Data($0) },
            user.createdAt.microseconds, user.updatedAt.microseconds, user.revision,
        ]
    }

    static func updateArguments(from old: User, to new: User) -> [(any DatabaseValueConvertible)?] {
        place(old) + [
            new.name.description, new.displayName, new.mobilePhone, new.email, new.comments,
            new.passwordHash.map { Data($0) }, new.updatedAt.microseconds, new.revision,
        ]
    }

    /// What names a user of one revision.
    static func place(_ user: User) -> [(any DatabaseValueConvertible)?] {
        [user.account.description, user.id.description, user.revision]
    }

    static func user(_ row: Row) throws -> User {
        guard let id = UserID(row[0]), let account = AccountID(row[1]), let name = UserName(row[2]) else {
            throw DamagedRow()
        }
        let passwordHash: Data? = row[7]
        return User(
            id: id,
            account: account,
            name: name,
            displayName: row[3],
            mobilePhone: row[4],
            email: row[5],
            comments: row[6],
            passwordHash: passwordHash.map { Array($0) },
            createdAt: Timestamp(microseconds: row[8]),
            updatedAt: Timestamp(microseconds: row[9]),
            revision: row[10]
        )
    }
}
