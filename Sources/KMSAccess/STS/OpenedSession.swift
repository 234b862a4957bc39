internal import KMSCore

/// A session whose token was opened: what it claims, its key and its policy, ready for use.
final class OpenedSession: Sendable {
    let claims: SessionClaims
    let key: SigningKey
    /// What the session may at most; nil where nothing takes away from the role.
    let policy: CompiledPolicy?

    /// Of how many sessions without a policy it takes up the memory, about.
    var weight: Int { 1 + (policy?.byteEstimate ?? 0) / 4_096 }

    /// - Throws: ``PolicyDocumentError`` where the policy is none that this server understands.
    init(_ record: borrowing SessionRecord) throws(PolicyDocumentError) {
        claims = record.claims
        key = SigningKey(secret: record.secret)
        policy = if let text = record.claims.policy { CompiledPolicy(try PolicyDocument(text)) } else { nil }
    }
}
