/// A RAM role: permissions that others take on for a while, if its trust policy lets them (design 8).
package struct Role: Sendable, Equatable {
    package let id: RoleID
    package let account: AccountID
    /// Unique within the account; it never changes.
    package let name: RoleName
    /// 1,024 characters at most.
    package var description: String
    /// The JSON of who may assume the role (`Documentation/Policies.md`).
    package var trustPolicy: String
    /// Seconds that a session may last: 3,600 to 43,200.
    package var maximumDuration: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Counts the changes of this row. Sessions end when it moves: a token names the revision that it was given for.
    package var revision: Int64

    package init(
        id: RoleID,
        account: AccountID,
        name: RoleName,
        description: String = "",
        trustPolicy: String,
        maximumDuration: Int = 3_600,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        revision: Int64 = 1
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.description = description
        self.trustPolicy = trustPolicy
        self.maximumDuration = maximumDuration
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.revision = revision
    }

    /// The role after `change`, one revision later.
    package func changed(at now: Timestamp, _ change: (inout Role) -> Void) -> Role {
        var role = self
        change(&role)
        role.updatedAt = now
        role.revision += 1
        return role
    }

    /// `acs:ram::<account>:role/<name>`
    package var resourceName: ResourceName { .ram("role/\(name)", of: account) }
}
