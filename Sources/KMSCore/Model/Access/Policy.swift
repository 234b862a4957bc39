/// Whether a policy comes with the service or was made by the account.
package enum PolicyType: String, Sendable, CaseIterable {
    case system = "System"
    case custom = "Custom"
}

/// How a policy is named: two policies of different types may have one name.
package struct PolicyReference: Hashable, Sendable, CustomStringConvertible {
    package let type: PolicyType
    package let name: PolicyName

    package init(type: PolicyType, name: PolicyName) {
        self.type = type
        self.name = name
    }

    /// The policy of such a ``description``; nil where the text is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let type = PolicyType(rawValue: String(parts[0])),
            let name = PolicyName(String(parts[1]))
        else { return nil }
        self.init(type: type, name: name)
    }

    /// Such as `Custom/ReadKeys`.
    package var description: String { "\(type.rawValue)/\(name)" }

    /// `acs:ram::<account>:policy/<name>`, or `acs:ram::system:policy/<name>`.
    package func resourceName(in account: AccountID) -> ResourceName {
        switch type {
        case .system: .systemPolicy(name)
        case .custom: .ram("policy/\(name)", of: account)
        }
    }
}

/// A policy that an account has made. Its documents are in its ``PolicyVersion``s.
package struct Policy: Sendable, Equatable {
    /// Never given twice, so that a policy made anew under an old name is another one.
    package let id: UUIDBytes
    package let account: AccountID
    /// Unique within the account; it never changes.
    package let name: PolicyName
    /// 1,024 characters at most.
    package var description: String
    /// The number of the version that counts.
    package var defaultVersion: Int
    /// The number that the newest version has had, be it gone: numbers are not given twice.
    package var newestVersion: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Counts the changes of this row and of its versions.
    package var revision: Int64

    package init(
        id: UUIDBytes,
        account: AccountID,
        name: PolicyName,
        description: String = "",
        defaultVersion: Int = 1,
        newestVersion: Int = 1,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        revision: Int64 = 1
    ) {
        self.id = id
        self.account = account
        self.name = name
        self.description = description
        self.defaultVersion = defaultVersion
        self.newestVersion = newestVersion
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.revision = revision
    }

    /// The policy after `change`, one revision later.
    package func changed(at now: Timestamp, _ change: (inout Policy) -> Void) -> Policy {
        var policy = self
        change(&policy)
        policy.updatedAt = now
        policy.revision += 1
        return policy
    }

    package var reference: PolicyReference { PolicyReference(type: .custom, name: name) }

    /// `acs:ram::<account>:policy/<name>`
    package var resourceName: ResourceName { .ram("policy/\(name)", of: account) }
}

/// One document of a policy; it never changes.
package struct PolicyVersion: Sendable, Equatable {
    /// ``Policy/id``
    package let policy: UUIDBytes
    /// From 1; `v1` on the wire.
    package let number: Int
    /// The JSON as it was given, 6,144 characters at most.
    package let document: String
    package let createdAt: Timestamp

    package init(policy: UUIDBytes, number: Int, document: String, createdAt: Timestamp) {
        self.policy = policy
        self.number = number
        self.document = document
        self.createdAt = createdAt
    }
}

/// Whom policies are attached to.
package enum Grantee: Hashable, Sendable, CustomStringConvertible {
    case user(UserID)
    case role(RoleID)

    /// `user/<id>` or `role/<id>`
    package var description: String {
        switch self {
        case .user(let id): "user/\(id)"
        case .role(let id): "role/\(id)"
        }
    }
}

/// That a policy is attached to somebody.
package struct PolicyAttachment: Sendable, Equatable {
    package let grantee: Grantee
    package let account: AccountID
    package let policy: PolicyReference
    package let attachedAt: Timestamp

    package init(grantee: Grantee, account: AccountID, policy: PolicyReference, attachedAt: Timestamp) {
        self.grantee = grantee
        self.account = account
        self.policy = policy
        self.attachedAt = attachedAt
    }
}

/// All that decides what a user or role may do, as one snapshot.
package struct Grants: Sendable, Equatable {
    /// The name of the user or role.
    package let name: String
    /// Nil for users.
    package let role: Role?
    /// System policies attached; their documents come with the service.
    package let system: [PolicyName]
    /// The default versions of the custom policies attached.
    package let custom: [Granted]

    package struct Granted: Sendable, Equatable {
        package let name: PolicyName
        package let version: PolicyVersion

        package init(name: PolicyName, version: PolicyVersion) {
            self.name = name
            self.version = version
        }
    }

    /// About what they take up in memory, in bytes: mostly their documents.
    package var byteEstimate: Int {
        256 + 64 * system.count + (role?.trustPolicy.utf8.count ?? 0)
            + custom.reduce(0) { $0 + 256 + $1.version.document.utf8.count }
    }

    package init(name: String, role: Role?, system: [PolicyName], custom: [Granted]) {
        self.name = name
        self.role = role
        self.system = system
        self.custom = custom
    }
}
