/// Seals secrets other than key material under the root key, bound to what they are for.
package protocol Sealer: Sendable {
    func seal(_ secret: borrowing SecretBytes, as subject: SealedSubject) throws(VaultError) -> [UInt8]
    /// The secret in `record`; ``VaultError/refused`` if it was sealed for another subject or changed.
    func open(_ record: [UInt8], as subject: SealedSubject) throws(VaultError) -> SecretBytes
    /// Counts how often sessions that opened before have ceased to: whoever keeps them open asks anew when it has
    /// changed. Costs next to nothing.
    var sessionRevocations: UInt64 { get }
}

/// What a sealed secret is for; part of what its record authenticates.
package enum SealedSubject: Sendable, Equatable {
    case accessKeySecret(account: AccountID, principal: String, accessKeyID: String)
    /// A session of a role, which says itself whose it is (`Documentation/SecurityTokens.md`). One that was sealed under
    /// another root, or another generation of it, is ``VaultError/refused``: tokens come from outside.
    case securityToken
}
