/// Decides what one caller may do; every ``Caller`` carries its own.
package protocol Authorizer: Sendable {
    /// What the caller's policies say. Does not suspend.
    func decide(_ question: AccessQuestion) -> Decision
    /// Whether any of the policies looks at the tags of keys: else they need not be read.
    var asksForTags: Bool { get }
}

/// Whether an action is permitted on a resource, under the circumstances of one request.
package struct AccessQuestion: Sendable {
    /// Product and operation, such as `kms:Encrypt`.
    package let action: String
    /// The resource as policies name it.
    package let resource: String
    package let conditions: RequestConditions

    package init(action: String, resource: String, conditions: RequestConditions) {
        self.action = action
        self.resource = resource
        self.conditions = conditions
    }
}

/// What the condition keys of a policy are compared with.
package struct RequestConditions: Sendable {
    /// `acs:CurrentTime`
    package var time: Timestamp
    /// `acs:SourceIp`: the peer's address, without a port.
    package var source: String
    /// `acs:SecureTransport`
    package var isSecureTransport: Bool
    /// `acs:MFAPresent`
    package var isMultiFactor: Bool
    /// `kms:tag/<tag-key>`: the tags of the key that is asked about.
    package var tags: [Tag]
    /// `sts:ExternalId`
    package var externalID: String?

    package init(
        time: Timestamp,
        source: String,
        isSecureTransport: Bool,
        isMultiFactor: Bool = false,
        tags: [Tag] = [],
        externalID: String? = nil
    ) {
        self.time = time
        self.source = source
        self.isSecureTransport = isSecureTransport
        self.isMultiFactor = isMultiFactor
        self.tags = tags
        self.externalID = externalID
    }
}

/// The place in a policy that decided a question.
package struct StatementName: Sendable, Hashable {
    /// Type and name, such as `Custom/ReadKeys` or `System/AliyunKMSFullAccess`; `session policy` for that of AssumeRole.
    package let policy: String
    /// Such as `v1`.
    package let version: String
    /// Its place in the document, from 1.
    package let index: Int

    package init(policy: String, version: String, index: Int) {
        self.policy = policy
        self.version = version
        self.index = index
    }
}

/// The answer to an ``AccessQuestion``, with its reason.
package enum Decision: Sendable, Hashable {
    /// The account itself is always allowed.
    case root
    case allowed(by: StatementName)
    /// A statement with the effect Deny matches, whatever else allows.
    case denied(by: StatementName)
    /// No statement of the identity's policies allows.
    case notAllowed
    /// The identity's policies allow, the session policy does not.
    case notAllowedBySession

    package var isAllowed: Bool {
        switch self {
        case .root, .allowed: true
        case .denied, .notAllowed, .notAllowedBySession: false
        }
    }
}

/// Permits an account's own identity everything within the account.
package struct RootAuthorizer: Authorizer {
    package init() {}

    package func decide(_: AccessQuestion) -> Decision { .root }
    package var asksForTags: Bool { false }
}
