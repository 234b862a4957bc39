internal import KMSCore

/// Whom a statement of a trust policy names. Names are whole: there are no wildcards here.
enum TrustPrincipal: Sendable, Equatable {
    /// `acs:ram::<account>:root`: the account and all its users and roles.
    case account(AccountID)
    /// `acs:ram::<account>:user/<name>`
    case user(AccountID, UserName)
    /// `acs:ram::<account>:role/<name>`: the sessions of that role.
    case role(AccountID, RoleName)
    /// `<code>.aliyuncs.com`, in lower case.
    case service(ServiceCode)

    /// The principals of a statement, at least one.
    static func reading(_ statement: PolicyObject) throws(PolicyDocumentError) -> [TrustPrincipal] {
        let kinds = try PolicyObject(
            try statement.required("Principal"),
            at: statement.place + ", Principal",
            knowing: ["RAM", "Service"]
        )
        var principals: [TrustPrincipal] = []
        for (kind, _) in kinds.members {
            let isService = kind.elementsEqual("Service".utf8)
            for text in try kinds.texts(isService ? "Service" : "RAM") {
                let text = String(decoding: text, as: UTF8.self)
                guard let principal = isService ? Self(service: text) : Self(name: text) else {
                    throw PolicyDocumentError(
                        kinds.place,
                        isService
                            ? "A Service is <code>.aliyuncs.com in lower case, such as ecs.aliyuncs.com."
                            : "RAM names acs:ram::<account>:root, acs:ram::<account>:user/<name> or "
                                + "acs:ram::<account>:role/<name>, without wildcards."
                    )
                }
                principals.append(principal)
            }
        }
        guard !principals.isEmpty else { throw PolicyDocumentError(kinds.place, "It names nobody.") }
        return principals
    }

    private init?(service text: String) {
        let label = text.utf8.prefix { $0 != UInt8(ascii: ".") }
        guard let code = ServiceCode(String(Substring(label)).uppercased()),
            code.principal.utf8.elementsEqual(text.utf8)
        else { return nil }
        self = .service(code)
    }

    private init?(name text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard
            parts.count == 5,
            parts[0].elementsEqual("acs".utf8), parts[1].elementsEqual("ram".utf8), parts[2].isEmpty,
            let account = AccountID(String(Substring(parts[3])))
        else { return nil }
        if parts[4].elementsEqual("root".utf8) {
            self = .account(account)
        } else if let name = Self.name(in: parts[4], after: "user/").flatMap(UserName.init) {
            self = .user(account, name)
        } else if let name = Self.name(in: parts[4], after: "role/").flatMap(RoleName.init) {
            self = .role(account, name)
        } else {
            return nil
        }
    }

    private static func name(in text: Substring.UTF8View, after prefix: String) -> String? {
        guard text.starts(with: prefix.utf8) else { return nil }
        return String(Substring(text.dropFirst(prefix.utf8.count)))
    }

    func includes(_ assumer: RoleAssumer) -> Bool {
        switch (self, assumer) {
        case (.account(let account), .root(let other)), (.account(let account), .user(let other, _)),
            (.account(let account), .role(let other, _)):
            account == other
        case (.user(let account, let name), .user(let other, let otherName)): account == other && name == otherName
        case (.role(let account, let name), .role(let other, let otherName)): account == other && name == otherName
        case (.service(let code), .service(let other)): code == other
        default: false
        }
    }
}
