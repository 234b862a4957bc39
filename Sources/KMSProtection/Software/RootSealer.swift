package import KMSCore
package import KMSCrypto

/// Seals secrets that are no key material under the root key (`Documentation/SealedRecords.md`).
package struct RootSealer: Sealer {
    private let records: RecordSealer

    package init(root: RootKey) throws(CryptoError) {
        records = try RecordSealer(.accessKeySecret, under: root)
    }

    package func seal(_ secret: borrowing SecretBytes, as subject: SealedSubject) throws(VaultError) -> [UInt8] {
        try records.seal(secret, binding: Self.fields(of: subject))
    }

    package func open(_ record: [UInt8], as subject: SealedSubject) throws(VaultError) -> SecretBytes {
        try records.open(record, binding: Self.fields(of: subject))
    }

    private static func fields(of subject: SealedSubject) -> [[UInt8]] {
        switch subject {
        case .accessKeySecret(let account, let principal, let accessKeyID):
            RecordFields.accessKeySecret(account: account, principal: principal, accessKeyID: accessKeyID)
        }
    }
}
