/// The id of a customer master key.
package struct KeyID: Hashable, Sendable, CustomStringConvertible {
    package let uuid: UUIDBytes

    package init(_ uuid: UUIDBytes) { self.uuid = uuid }

    /// The id that stands for a key that does not exist, where a permission must be tested all the same.
    package static let absent = KeyID(.zero)

    package var description: String { uuid.description }
}

/// The id of one version of a customer master key.
package struct KeyVersionID: Hashable, Sendable, CustomStringConvertible {
    package let uuid: UUIDBytes

    package init(_ uuid: UUIDBytes) { self.uuid = uuid }

    package var description: String { uuid.description }
}

/// The id of an account: 1 to 20 decimal digits.
package struct AccountID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ text: String) {
        guard (1...20).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        description = text
    }
}

/// The id of a region, such as `cn-hangzhou`: 1 to 64 lower-case letters, digits and hyphens.
package struct RegionID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ text: String) {
        guard
            (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
            )
        else { return nil }
        description = text
    }
}

/// Where keys and aliases have their names: one region of one account.
package struct Namespace: Hashable, Sendable {
    package let account: AccountID
    package let region: RegionID

    package init(account: AccountID, region: RegionID) {
        self.account = account
        self.region = region
    }
}

/// The lasting id of a RAM user: 18 decimal digits.
package struct UserID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ text: String) {
        guard text.isEntityID else { return nil }
        description = text
    }
}

/// The lasting id of a RAM role: 18 decimal digits.
package struct RoleID: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ text: String) {
        guard text.isEntityID else { return nil }
        description = text
    }
}

extension String {
    fileprivate var isEntityID: Bool { utf8.count == 18 && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}

/// The code of a cloud service, such as `OSS`: 2 to 32 upper-case letters, digits and hyphens, a letter first.
package struct ServiceCode: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init?(_ text: String) {
        func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
        guard (2...32).contains(text.utf8.count), text.utf8.first.map(isLetter) ?? false,
            text.utf8.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        description = text
    }
}
