/// The name that whoever assumes a role gives the session: 2 to 64 letters, digits, `.`, `@`, `_` and `-`.
struct SessionName: Hashable, Sendable, CustomStringConvertible {
    let description: String

    init?(_ text: String) {
        guard (2...64).contains(text.utf8.count), text.isMade(ofLettersDigitsAnd: ".@_-") else { return nil }
        description = text
    }
}

extension String {
    /// Whether every character is an ASCII letter, a digit or one of these.
    func isMade(ofLettersDigitsAnd punctuation: String) -> Bool {
        utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || punctuation.utf8.contains(byte)
        }
    }
}
