/// Whoever owns keys. An account sees nothing of another's.
package struct Account: Sendable, Equatable {
    package let id: AccountID
    package let createdAt: Timestamp

    package init(id: AccountID, createdAt: Timestamp) {
        self.id = id
        self.createdAt = createdAt
    }
}

/// A pair of id and secret with which an identity signs its requests; the secret is sealed.
package struct AccessKey: Sendable, Equatable {
    /// 1 to 128 printable ASCII characters.
    package let id: String
    package let account: AccountID
    package let identity: Identity
    package let isActive: Bool
    package let createdAt: Timestamp
    /// A sealed record bound to account, identity and id (`Documentation/SealedRecords.md`).
    package let sealedSecret: [UInt8]

    package init(
        id: String,
        account: AccountID,
        identity: Identity,
        isActive: Bool,
        createdAt: Timestamp,
        sealedSecret: [UInt8]
    ) {
        self.id = id
        self.account = account
        self.identity = identity
        self.isActive = isActive
        self.createdAt = createdAt
        self.sealedSecret = sealedSecret
    }
}

/// Who acts within an account. Ids stay when names change.
package enum Identity: Sendable, Hashable, CustomStringConvertible {
    /// The account itself: always allowed.
    case root
    /// A RAM user.
    case user(UserID)
    /// Whoever has assumed a role; `session` is the RoleSessionName.
    case session(RoleID, session: String)
    /// A cloud service, which may assume the roles that trust it.
    case service(ServiceCode)

    /// `root`, `user/<id>`, `role/<id>:<session>` or `service/<code>`: part of what sealed records and audit records say.
    package var description: String {
        switch self {
        case .root: "root"
        case .user(let id): "user/\(id)"
        case .session(let role, let session): "role/\(role):\(session)"
        case .service(let code): "service/\(code)"
        }
    }

    /// The identity of a holder of access keys that is stored under this text; nil for sessions, which have none.
    package init?(_ text: String) {
        if text == "root" {
            self = .root
        } else if text.hasPrefix("user/"), let id = UserID(String(text.dropFirst(5))) {
            self = .user(id)
        } else if text.hasPrefix("service/"), let code = ServiceCode(String(text.dropFirst(8))) {
            self = .service(code)
        } else {
            return nil
        }
    }
}
