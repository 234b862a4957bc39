internal import KMSCore

/// What is told of a user beside the name.
extension AccessParameters {
    /// 128 characters at most, none of them a control character.
    mutating func displayName(_ name: StaticString) throws(KMSError) -> String? {
        try replacement(name, limit: 128) { text in
            text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        }
    }

    /// Digits, in groups set off by hyphens, such as `86-18600000000`.
    mutating func mobilePhone(_ name: StaticString) throws(KMSError) -> String? {
        try replacement(name, "Write country code and number, such as 86-18600000000.") { text in
            let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
            return digits.utf8.count <= 64
                && digits.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
                    .allSatisfy { group in !group.isEmpty && group.allSatisfy { (0x30...0x39).contains($0) } }
        }
    }

    /// Something, `@`, and a domain: whether anybody reads mail there is not asked.
    mutating func email(_ name: StaticString) throws(KMSError) -> String? {
        try replacement(name, "Write an address such as alice@example.com.") { text in
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            return text.unicodeScalars.count <= 128 && parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
                && text.unicodeScalars.allSatisfy {
                    !$0.properties.isWhitespace && $0.properties.generalCategory != .control
                }
        }
    }

    mutating func comments(_ name: StaticString) throws(KMSError) -> String? { try replacement(name, limit: 128) }
}

extension AccessService {
    func user(named name: UserName, _ call: Call) async throws(KMSError) -> User {
        let user = try await reading { () async throws(StoreError) in
            try await store.user(named: name, in: call.caller.account)
        }
        guard let user else { throw .userNotFound }
        return user
    }
}

extension FieldWriter {
    /// The members that every answer gives of a user.
    mutating func user(_ user: User) {
        text("UserId", user.id.description)
        text("UserName", user.name.description)
        text("DisplayName", user.displayName)
        text("MobilePhone", user.mobilePhone)
        text("Email", user.email)
        text("Comments", user.comments)
        date("CreateDate", user.createdAt)
    }
}
