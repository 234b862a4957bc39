internal import KMSCore
internal import Synchronization

/// A session whose token was opened: what it claims, its key and its policy, ready for use.
final class OpenedSession: Sendable {
    let claims: SessionClaims
    let key: SigningKey
    /// What the session may at most; nil where nothing takes away from the role.
    let policy: CompiledPolicy?
    private let latest = Mutex<(grants: Grants, caller: Caller)?>(nil)

    /// - Throws: ``PolicyDocumentError`` where the policy is none that this server understands.
    init(_ record: borrowing SessionRecord) throws(PolicyDocumentError) {
        claims = record.claims
        key = SigningKey(secret: record.secret)
        policy = if let text = record.claims.policy { CompiledPolicy(try PolicyDocument(text)) } else { nil }
    }

    /// The caller that was made for exactly these grants of the role.
    func caller(for grants: Grants) -> Caller? {
        guard let latest = latest.withLock({ $0 }), latest.grants == grants else { return nil }
        return latest.caller
    }

    func remember(_ caller: Caller, for grants: Grants) { latest.withLock { $0 = (grants, caller) } }
}
