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

/// Who acts within an account.
package enum Identity: Sendable, Hashable {
    /// The account itself: always allowed.
    case root

    /// The identity's name in audit records and sealed records.
    package var principal: String {
        switch self {
        case .root: "root"
        }
    }
}
