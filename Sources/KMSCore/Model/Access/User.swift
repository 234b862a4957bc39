/// A RAM user: somebody, or something, that works with an account's keys as far as policies allow (spec 13).
package struct User: Sendable, Equatable {
    package let id: UserID
    package let account: AccountID
    /// Unique within the account.
    package var name: UserName
    /// 128 characters at most; empty where none was given, as the three that follow.
    package var displayName: String
    package var mobilePhone: String
    package var email: String
    /// 128 characters at most.
    package var comments: String
    /// What the console compares a password with, by its own format; nil where the user may not log on there.
    package var passwordHash: [UInt8]?
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Counts the changes of this row; a change names the revision it was made from.
    package var revision: Int64

    package init(
        id: UserID,
        account: AccountID,
        name: UserName,
        displayName: String = "",
        mobilePhone: String = "",
        email: String = "",
        comments: String = "",
        passwordHash: [UInt8]? = nil,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        revision: Int64 = 1
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.displayName = displayName
        self.mobilePhone = mobilePhone
        self.email = email
        self.comments = comments
        self.passwordHash = passwordHash
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.revision = revision
    }

    /// The user after `change`, one revision later.
    package func changed(at now: Timestamp, _ change: (inout User) -> Void) -> User {
        var user = self
        change(&user)
        user.updatedAt = now
        user.revision += 1
        return user
    }

    /// `acs:ram::<account>:user/<name>`
    package var resourceName: ResourceName { .ram("user/\(name)", of: account) }
}
