package import KMSCore

/// Why a user, a role or an account itself may or may not do something, for whoever administers the server.
package struct Explanation: Sendable, Equatable {
    package let decision: Decision
    /// One sentence.
    package let text: String
}

/// Why nothing could be explained.
package enum ExplanationError: Error, Sendable, Equatable {
    /// The principal is neither `root` nor `user/<name>` nor `role/<name>`.
    case malformedPrincipal
    /// The account has no such user or role.
    case noSuchPrincipal(String)
    /// A policy that is attached cannot be read: nothing is allowed.
    case policy(PolicyDocumentError)
    case store(StoreError)
}

extension ExplanationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformedPrincipal: "A principal is root, user/<name> or role/<name>."
        case .noSuchPrincipal(let name): "The account has no \(name)."
        case .policy(let error): "Nothing is allowed, because a policy cannot be read. \(error)"
        case .store(let error): "The database refused: \(error)"
        }
    }
}

/// Asks what would be decided, by the very policies and rules that decide about requests.
package struct Explainer: Sendable {
    private let store: any AccessStore
    private let policies: PolicyCache

    package init(store: any AccessStore, policies: PolicyCache) {
        self.store = store
        self.policies = policies
    }

    /// What is decided about a request, and by which statement of which policy.
    ///
    /// A session is asked about by its role, as far as it has no policy of its own.
    ///
    /// - Parameters:
    ///   - principal: `root`, `user/<name>` or `role/<name>`.
    ///   - question: action and resource without wildcards, such as `kms:Encrypt` on
    ///     `acs:kms:cn-hangzhou:1:key/<id>`, under the conditions of one moment.
    package func explain(
        _ principal: String,
        of account: AccountID,
        _ question: AccessQuestion
    ) async throws(ExplanationError) -> Explanation {
        guard let name = NamedPrincipal(principal) else { throw .malformedPrincipal }
        let grants: Grants?
        do { grants = try await self.grants(of: name, in: account) } catch { throw .store(error) }
        if case .root = name { return Explanation(RootAuthorizer().decide(question), of: principal, attached: 0) }
        guard let grants else { throw .noSuchPrincipal(principal) }
        let decision: Decision
        do { decision = try policies.authorizer(of: grants).decide(question) } catch { throw .policy(error) }
        return Explanation(decision, of: principal, attached: grants.system.count + grants.custom.count)
    }

    private func grants(of name: NamedPrincipal, in account: AccountID) async throws(StoreError) -> Grants? {
        let grantee: Grantee?
        switch name {
        case .root: grantee = nil
        case .user(let name): grantee = try await store.user(named: name, in: account).map { .user($0.id) }
        case .role(let name): grantee = try await store.role(named: name, in: account).map { .role($0.id) }
        }
        guard let grantee else { return nil }
        return try await store.grants(of: grantee, in: account)
    }
}

private enum NamedPrincipal {
    case root
    case user(UserName)
    case role(RoleName)

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts == ["root"] {
            self = .root
        } else if parts.count == 2, parts[0] == "user", let name = UserName(parts[1]) {
            self = .user(name)
        } else if parts.count == 2, parts[0] == "role", let name = RoleName(parts[1]) {
            self = .role(name)
        } else {
            return nil
        }
    }
}

extension Explanation {
    fileprivate init(_ decision: Decision, of principal: String, attached: Int) {
        self.decision = decision
        text =
            switch decision {
            case .root: "Allowed: the account itself may do everything within the account."
            case .allowed(let statement): "Allowed by \(statement.words)."
            case .denied(let statement): "Denied by \(statement.words), whatever else allows it."
            case .notAllowed where attached == 0: "Not allowed: no policy is attached to \(principal)."
            case .notAllowed:
                "Not allowed: no statement of the policies attached to \(principal) (\(attached)) allows it."
            case .notAllowedBySession:
                "Not allowed: the policies of \(principal) allow it, the session policy does not."
            }
    }
}

extension StatementName {
    /// Such as `statement 2 of Custom/ReadKeys (v1)`.
    package var words: String { "statement \(index) of \(policy) (\(version))" }
}
