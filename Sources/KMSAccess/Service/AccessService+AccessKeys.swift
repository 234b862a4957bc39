internal import KMSCore
internal import KMSCrypto

extension AccessService {
    /// A new access key with random id and secret, not yet written. The secret is shown once, to whoever asked.
    func makeAccessKey(
        of holder: Identity,
        in account: AccountID,
        at now: Timestamp
    ) throws(KMSError) -> (accessKey: AccessKey, secret: SecretBox) {
        let id: String
        let secret: SecretBytes
        do {
            id = try Base62.accessKeyID()
            secret = try Base62.accessKeySecret()
        } catch { throw .internalFailure("An access key cannot be made: \(error)") }
        let subject = SealedSubject.accessKeySecret(account: account, principal: holder.description, accessKeyID: id)
        let sealed: [UInt8]
        do { sealed = try sealer.seal(secret, as: subject) } catch {
            throw switch error {
            case .busy: .busy
            case .refused, .unavailable: .unavailable("A secret cannot be sealed: \(error)")
            }
        }
        let accessKey = AccessKey(
            id: id,
            account: account,
            identity: holder,
            isActive: true,
            createdAt: now,
            sealedSecret: sealed
        )
        return (accessKey, SecretBox(secret))
    }
}
