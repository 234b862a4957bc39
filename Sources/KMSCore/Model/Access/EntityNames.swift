/// The name of a RAM user: 1 to 64 letters, digits, `.`, `_` and `-`. Names are compared byte by byte.
package struct UserName: Hashable, Sendable, CustomStringConvertible {
    package static let lengths = 1...64
    package let description: String

    package init?(_ text: String) {
        guard text.isName(of: Self.lengths, punctuation: "._-") else { return nil }
        description = text
    }

    /// Whether every character of the text may stand in a name, however long it is.
    package static func permitsCharacters(of text: String) -> Bool { text.isName(of: 0...Int.max, punctuation: "._-") }
}

/// The name of a RAM role: 1 to 64 letters, digits, `.`, `_` and `-`.
package struct RoleName: Hashable, Sendable, CustomStringConvertible {
    package static let lengths = 1...64
    package let description: String

    package init?(_ text: String) {
        guard text.isName(of: Self.lengths, punctuation: "._-") else { return nil }
        description = text
    }

    /// Whether every character of the text may stand in a name, however long it is.
    package static func permitsCharacters(of text: String) -> Bool { text.isName(of: 0...Int.max, punctuation: "._-") }
}

/// The name of a policy: 1 to 128 letters, digits and `-`.
package struct PolicyName: Hashable, Sendable, CustomStringConvertible {
    package static let lengths = 1...128
    package let description: String

    package init?(_ text: String) {
        guard text.isName(of: Self.lengths, punctuation: "-") else { return nil }
        description = text
    }

    /// Whether every character of the text may stand in a name, however long it is.
    package static func permitsCharacters(of text: String) -> Bool { text.isName(of: 0...Int.max, punctuation: "-") }
}

extension String {
    fileprivate func isName(of lengths: ClosedRange<Int>, punctuation: String) -> Bool {
        lengths.contains(utf8.count)
            && utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || punctuation.utf8.contains(byte)
            }
    }
}
