package import KMSCore

/// A policy and what audit records call it.
package struct NamedPolicy: Sendable {
    /// Such as `Custom/ReadKeys` or `System/AliyunKMSFullAccess`.
    package let name: String
    /// Such as `v1`.
    package let version: String
    package let policy: CompiledPolicy

    package init(name: String, version: String, policy: CompiledPolicy) {
        self.name = name
        self.version = version
        self.policy = policy
    }

    func statement(_ index: Int) -> StatementName { StatementName(policy: name, version: version, index: index) }
}

/// Decides by the policies of one caller (spec 12.4): a user's, or those of a role and of the session that assumed it.
///
/// Whatever no policy allows is not allowed. A statement that denies wins over all that allow. A session's policy
/// takes away: what it does not allow as well is not allowed.
package struct PolicyAuthorizer: Authorizer {
    private let policies: [NamedPolicy]
    private let session: NamedPolicy?
    package let asksForTags: Bool

    /// - Parameters:
    ///   - policies: those attached to the identity.
    ///   - session: the policy that AssumeRole was given, if it was given one.
    package init(policies: [NamedPolicy], session: CompiledPolicy? = nil) {
        self.policies = policies
        self.session = session.map { NamedPolicy(name: "session policy", version: "v1", policy: $0) }
        asksForTags = policies.contains { $0.policy.asksForTags } || session?.asksForTags == true
    }

    /// The same within what a session's policy allows.
    func narrowed(by session: CompiledPolicy) -> PolicyAuthorizer {
        PolicyAuthorizer(policies: policies, session: session)
    }

    /// About what its policies take up in memory, in bytes.
    var byteEstimate: Int { policies.reduce(0) { $0 + $1.policy.byteEstimate } }

    package func decide(_ question: AccessQuestion) -> Decision {
        for policy in policies {
            if let index = policy.policy.denial(of: question) { return .denied(by: policy.statement(index)) }
        }
        if let session, let index = session.policy.denial(of: question) {
            return .denied(by: session.statement(index))
        }
        guard let permission = permission(for: question) else { return .notAllowed }
        if let session, session.policy.permission(for: question) == nil { return .notAllowedBySession }
        return .allowed(by: permission)
    }

    private func permission(for question: AccessQuestion) -> StatementName? {
        for policy in policies {
            if let index = policy.policy.permission(for: question) { return policy.statement(index) }
        }
        return nil
    }
}
