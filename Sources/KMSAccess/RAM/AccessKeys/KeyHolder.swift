internal import KMSCore

extension AccessService {
    /// Whose access keys a request is about, found and permitted: the named user's, or the caller's own.
    ///
    /// - Parameter action: such as `ram:CreateAccessKey`.
    func keyHolder(
        _ name: UserName?,
        permitting action: String,
        _ call: Call
    ) async throws(KMSError) -> Identity {
        let account = call.caller.account
        let user: User?
        switch (name, call.caller.identity) {
        case (let name?, _):
            user = try await reading { () async throws(StoreError) in
                try await store.user(named: name, in: account)
            }
        case (nil, .user(let id)):
            user = try await reading { () async throws(StoreError) in try await store.user(id, in: account) }
        case (nil, .root):
            try permit(action, on: .ram("root", of: account), call)
            return .root
        // They have no keys of their own that could be meant.
        case (nil, .session), (nil, .service): throw .missingCommon("UserName")
        }
        let relative = (name ?? user?.name).map { "user/\($0)" } ?? call.caller.principal
        try permit(action, on: .ram(relative, of: account), call)
        guard let user else { throw .userNotFound }
        return .user(user.id)
    }

    /// An access key of a holder.
    func accessKey(_ id: String, of holder: Identity, _ call: Call) async throws(KMSError) -> AccessKey {
        let keys = try await reading { () async throws(StoreError) in
            try await store.accessKeys(of: holder, in: call.caller.account)
        }
        guard let key = keys.first(where: { $0.id.utf8.elementsEqual(id.utf8) }) else { throw .userAccessKeyNotFound }
        return key
    }
}

extension FieldWriter {
    /// What may be told of an access key again and again: all but the secret.
    mutating func accessKey(_ key: AccessKey) {
        text("AccessKeyId", key.id)
        text("Status", (key.isActive ? AccessKeyStatus.active : .inactive).rawValue)
        date("CreateDate", key.createdAt)
    }
}

/// Whether requests may be signed with an access key.
enum AccessKeyStatus: String, Sendable, CaseIterable {
    case active = "Active"
    case inactive = "Inactive"
}
