package import KMSCore

/// Seals secrets that are no key material under the root key (`Documentation/SealedRecords.md`).
package struct RootSealer: Sealer {
    private let ring: RootKeyRing
    private let accessKeySecrets: RecordSealer
    private let securityTokens: RecordSealer

    package init(root: RootKeyRing) {
        ring = root
        accessKeySecrets = RecordSealer(.accessKeySecret, under: root)
        securityTokens = RecordSealer(.securityToken, under: root)
    }

    package var sessionRevocations: UInt64 { ring.tokenRevocations }

    package func seal(_ secret: borrowing SecretBytes, as subject: SealedSubject) throws(VaultError) -> [UInt8] {
        switch subject {
        case .accessKeySecret(let account, let principal, let accessKeyID):
            try accessKeySecrets.seal(
                secret,
                binding: RecordFields.accessKeySecret(account: account, principal: principal, accessKeyID: accessKeyID)
            )
        case .securityToken: try securityTokens.seal(secret, binding: [])
        }
    }

    package func open(_ record: [UInt8], as subject: SealedSubject) throws(VaultError) -> SecretBytes {
        switch subject {
        case .accessKeySecret(let account, let principal, let accessKeyID):
            return try accessKeySecrets.open(
                record,
                binding: RecordFields.accessKeySecret(account: account, principal: principal, accessKeyID: accessKeyID)
            )
        case .securityToken:
            // Whoever sends a token may have written any generation into it: that tells nothing of this server.
            do { return try securityTokens.open(record, binding: []) } catch { throw .refused }
        }
    }
}
