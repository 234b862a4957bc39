package import KMSCore

extension UserID {
    /// An id of digits; the test is wrong where it has more than 18.
    package static func example(_ number: Int) -> UserID {
        guard let id = UserID(entityID(number)) else { preconditionFailure("not an id: \(number)") }
        return id
    }
}

extension RoleID {
    /// An id of digits; the test is wrong where it has more than 18.
    package static func example(_ number: Int) -> RoleID {
        guard let id = RoleID(entityID(number)) else { preconditionFailure("not an id: \(number)") }
        return id
    }
}

private func entityID(_ number: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, 18 - digits.utf8.count)) + digits
}

extension UserName {
    package static func example(_ text: String) -> UserName {
        guard let name = UserName(text) else { preconditionFailure("not a name: \(text)") }
        return name
    }
}

extension RoleName {
    package static func example(_ text: String) -> RoleName {
        guard let name = RoleName(text) else { preconditionFailure("not a name: \(text)") }
        return name
    }
}

extension PolicyName {
    package static func example(_ text: String) -> PolicyName {
        guard let name = PolicyName(text) else { preconditionFailure("not a name: \(text)") }
        return name
    }
}

extension ServiceCode {
    package static func example(_ text: String) -> ServiceCode {
        guard let code = ServiceCode(text) else { preconditionFailure("not a code: \(text)") }
        return code
    }
}

extension User {
    package static func example(
        _ number: Int,
        _ name: String,
        in account: AccountID = Namespace.example().account,
        at created: Timestamp = Timestamp(seconds: 1_767_225_600)
    ) -> User {
        User(id: .example(number), account: account, name: .example(name), createdAt: created, updatedAt: created)
    }
}

extension Role {
    package static func example(
        _ number: Int,
        _ name: String,
        in account: AccountID = Namespace.example().account,
        at created: Timestamp = Timestamp(seconds: 1_767_225_600)
    ) -> Role {
        Role(
            id: .example(number),
            account: account,
            name: .example(name),
            trustPolicy: "{}",
            createdAt: created,
            updatedAt: created
        )
    }
}

extension Policy {
    package static func example(
        _ number: Int,
        _ name: String,
        in account: AccountID = Namespace.example().account,
        at created: Timestamp = Timestamp(seconds: 1_767_225_600)
    ) -> Policy {
        Policy(
            id: UUIDBytes(high: 0xAC, low: UInt64(number)),
            account: account,
            name: .example(name),
            createdAt: created,
            updatedAt: created
        )
    }

    package func exampleVersion(_ number: Int = 1, document: String = "{}") -> PolicyVersion {
        PolicyVersion(policy: id, number: number, document: document, createdAt: createdAt)
    }
}

extension AccessKey {
    /// A key of this holder; its secret is as if it were sealed.
    package static func example(
        _ id: String,
        of holder: Identity = .root,
        in account: AccountID = Namespace.example().account,
        isActive: Bool = true,
        secret: [UInt8] = [1, 2, 3],
        at created: Timestamp = Timestamp(seconds: 1_767_225_600)
    ) -> AccessKey {
        AccessKey(
            id: id,
            account: account,
            identity: holder,
            isActive: isActive,
            createdAt: created,
            sealedSecret: secret
        )
    }
}

extension PolicyAttachment {
    package static func example(
        _ policy: PolicyReference,
        to grantee: Grantee,
        in account: AccountID = Namespace.example().account,
        at moment: Timestamp = Timestamp(seconds: 1_767_225_600)
    ) -> PolicyAttachment {
        PolicyAttachment(grantee: grantee, account: account, policy: policy, attachedAt: moment)
    }
}

extension PolicyReference {
    package static func system(_ name: String) -> PolicyReference {
        PolicyReference(type: .system, name: .example(name))
    }

    package static func custom(_ name: String) -> PolicyReference {
        PolicyReference(type: .custom, name: .example(name))
    }
}
