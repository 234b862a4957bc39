internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// An access key's row, to and from its columns.
enum AccessKeyRow {
    static let columns = "id, account, principal, is_active, created_at, sealed_secret"

    static let byID = SQLStatement("SELECT \(columns) FROM access_keys WHERE id = $1")
    static let ofAccount = SQLStatement("SELECT \(columns) FROM access_keys WHERE account = $1 ORDER BY sequence")
    static let ofHolder = SQLStatement(
        "SELECT \(columns) FROM access_keys WHERE account = $1 AND principal = $2 ORDER BY sequence"
    )
    static let exists = SQLStatement("SELECT 1 FROM access_keys WHERE id = $1")
    static let count = SQLStatement(
        "SELECT count(*) FROM (SELECT 1 FROM access_keys WHERE account = $1 AND principal = $2 LIMIT $3)"
    )
    static let insert = SQLStatement("INSERT INTO access_keys (\(columns)) VALUES ($1, $2, $3, $4, $5, $6)")
    static let setActive = SQLStatement(
        "UPDATE access_keys SET is_active = $4 WHERE account = $1 AND principal = $2 AND id = $3"
    )
    static let delete = SQLStatement("DELETE FROM access_keys WHERE account = $1 AND principal = $2 AND id = $3")
    static let deleteOfService = SQLStatement("DELETE FROM access_keys WHERE service = $1")

    static func insertArguments(_ key: AccessKey) -> [(any DatabaseValueConvertible)?] {
        [
            key.id, key.account.description, key.identity.description, key.isActive ? 1 : 0,
            key.createdAt.microseconds, Data(key.sealedSecret),
        ]
    }

    static func holder(_ identity: Identity, _ account: AccountID) -> [(any DatabaseValueConvertible)?] {
        [account.description, identity.description]
    }

    static func accessKey(_ row: Row) throws -> AccessKey {
        guard let account = AccountID(row[1]), let identity = Identity(row[2] as String) else { throw DamagedRow() }
        let secret: Data = row[5]
        return AccessKey(
            id: row[0],
            account: account,
            identity: identity,
            isActive: row[3],
            createdAt: Timestamp(microseconds: row[4]),
            sealedSecret: Array(secret)
        )
    }
}

/// The row of a registered service.
enum ServiceRow {
    static let byCode = SQLStatement("SELECT code, account, created_at FROM services WHERE code = $1")
    static let ofAccount = SQLStatement("SELECT 1 FROM services WHERE account = $1 AND code = $2")
    static let all = SQLStatement("SELECT code, account, created_at FROM services ORDER BY code")
    static let insert = SQLStatement("INSERT INTO services (code, account, created_at) VALUES ($1, $2, $3)")
    static let delete = SQLStatement("DELETE FROM services WHERE code = $1")

    static func service(_ row: Row) throws -> RegisteredService {
        guard let code = ServiceCode(row[0]), let account = AccountID(row[1]) else { throw DamagedRow() }
        return RegisteredService(code: code, account: account, createdAt: Timestamp(microseconds: row[2]))
    }
}
