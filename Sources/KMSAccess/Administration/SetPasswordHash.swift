internal import KMSCore

/// Lets a user log on to the console, with the password of this hash, or no more.
///
/// The password itself never comes here: whoever asks has hashed it, which takes memory and time.
struct SetPasswordHash: AccessOperation {
    static let name: StaticString = "SetPasswordHash"

    let userName: UserName
    /// Nil ends it.
    let hash: PasswordHash?

    static func reading(_ parameters: inout AccessParameters) throws(KMSError) -> SetPasswordHash {
        let userName = try parameters.userName()
        guard let text = try parameters.optionalText("PasswordHash", limit: 128) else {
            return SetPasswordHash(userName: userName, hash: nil)
        }
        guard let hash = Base64.decode(Array(text.utf8)[...]).flatMap(PasswordHash.init(parsing:)) else {
            throw .incorrect("PasswordHash", "Use the base64 of a hash of this server's own format.")
        }
        return SetPasswordHash(userName: userName, hash: hash)
    }

    func run(_ call: Call, in service: AccessService) async throws(KMSError) -> Done {
        for _ in 0..<16 {
            let user = try await service.reading { () async throws(StoreError) in
                try await service.store.user(named: userName, in: call.caller.account)
            }
            guard let user else { throw KMSError(404, "EntityNotExist.User", "The user does not exist.") }
            call.touch(user.resourceName)
            let changed = user.changed(at: call.arrival) { $0.passwordHash = hash?.bytes }
            if case .made = try await service.commit([.updateUser(from: user, to: changed)], call) { return Done() }
        }
        throw .throttled(retryAfter: 100)
    }
}
