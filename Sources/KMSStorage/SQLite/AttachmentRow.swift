internal import GRDB
internal import KMSCore

/// The rows that attach policies to users, or to roles.
struct AttachmentRow: Sendable {
    static let ofPolicy = SQLStatement(
        "SELECT count(*) FROM policy_attachments WHERE account = $1 AND policy_type = $2 AND policy_name = $3"
    )

    /// Who has a policy.
    static let holders = SQLStatement(
        """
        SELECT user_id, role_id, attached_at FROM policy_attachments
        WHERE account = $1 AND policy_type = $2 AND policy_name = $3 ORDER BY sequence
        """
    )

    let ofGrantee: SQLStatement
    /// With the default version of what is a custom policy.
    let grants: SQLStatement
    let exists: SQLStatement
    let count: SQLStatement
    let isAny: SQLStatement
    let insert: SQLStatement
    let delete: SQLStatement

    static func of(_ grantee: Grantee) -> AttachmentRow {
        switch grantee {
        case .user: users
        case .role: roles
        }
    }

    private static let users = AttachmentRow(grantee: "user_id")
    private static let roles = AttachmentRow(grantee: "role_id")

    private init(grantee: String) {
        ofGrantee = SQLStatement(
            """
            SELECT policy_type, policy_name, attached_at FROM policy_attachments
            WHERE account = $1 AND \(grantee) = $2 ORDER BY sequence
            """
        )
        grants = SQLStatement(
            """
            SELECT a.policy_type, a.policy_name, v.policy_id, v.number, v.document, v.created_at
            FROM policy_attachments a
            LEFT JOIN policies p ON p.account = a.account AND p.name = a.custom_policy
            LEFT JOIN policy_versions v ON v.policy_id = p.id AND v.number = p.default_version
            WHERE a.account = $1 AND a.\(grantee) = $2 ORDER BY a.sequence
            """
        )
        exists = SQLStatement(
            """
            SELECT 1 FROM policy_attachments
            WHERE account = $1 AND \(grantee) = $2 AND policy_type = $3 AND policy_name = $4
            """
        )
        count = SQLStatement(
            """
            SELECT count(*) FROM policy_attachments WHERE account = $1 AND \(grantee) = $2 AND policy_type = $3
            """
        )
        isAny = SQLStatement("SELECT 1 FROM policy_attachments WHERE account = $1 AND \(grantee) = $2 LIMIT 1")
        insert = SQLStatement(
            """
            INSERT INTO policy_attachments (account, \(grantee), policy_type, policy_name, attached_at)
            VALUES ($1, $2, $3, $4, $5)
            """
        )
        delete = SQLStatement(
            """
            DELETE FROM policy_attachments
            WHERE account = $1 AND \(grantee) = $2 AND policy_type = $3 AND policy_name = $4
            """
        )
    }

    static func place(_ grantee: Grantee, _ account: AccountID) -> [(any DatabaseValueConvertible)?] {
        switch grantee {
        case .user(let id): [account.description, id.description]
        case .role(let id): [account.description, id.description]
        }
    }

    /// The user or role in a row that begins with the ids of both, of which one is none.
    static func grantee(_ row: Row) throws -> Grantee {
        let (user, role): (String?, String?) = (row[0], row[1])
        if let id = user.flatMap({ UserID($0) }) { return .user(id) }
        if let id = role.flatMap({ RoleID($0) }) { return .role(id) }
        throw DamagedRow()
    }

    /// The policy in a row that begins with its type and name.
    static func reference(_ row: Row) throws -> PolicyReference {
        guard let type = PolicyType(rawValue: row[0]), let name = PolicyName(row[1]) else { throw DamagedRow() }
        return PolicyReference(type: type, name: name)
    }
}

extension PolicyReference {
    var columns: [(any DatabaseValueConvertible)?] { [type.rawValue, name.description] }
}
