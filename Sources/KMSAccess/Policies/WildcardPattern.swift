/// A text in which `*` stands for any run of characters, the empty one included, and `?` for exactly one Unicode
/// scalar. Everything else stands for itself, byte by byte: canonically equivalent texts are different.
struct WildcardPattern: Sendable, Equatable {
    /// The pattern's UTF-8, in which two bytes that no UTF-8 text contains take the places of the wildcards.
    fileprivate let bytes: [UInt8]
    /// Whether ASCII letters count as their lower-case form, in the pattern and in the text.
    fileprivate let ignoresCase: Bool

    fileprivate static let anyRun: UInt8 = 0xFE
    fileprivate static let oneScalar: UInt8 = 0xFF

    /// - Parameter text: valid UTF-8.
    init(_ text: [UInt8], ignoringCase: Bool = false) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for byte in text {
            switch byte {
            // A run of stars says no more than one.
            case UInt8(ascii: "*"): if bytes.last != Self.anyRun { bytes.append(Self.anyRun) }
            case UInt8(ascii: "?"): bytes.append(Self.oneScalar)
            default: bytes.append(ignoringCase ? byte.lowercasedASCII : byte)
            }
        }
        self.bytes = bytes
        ignoresCase = ignoringCase
    }

    /// Whether the pattern stands for `text`, which is valid UTF-8.
    func matches(_ text: Span<UInt8>) -> Bool {
        var walk = WildcardWalk()
        while true {
            if let answer = walk.step(along: self, text) { return answer }
        }
    }
}

/// How far a pattern has been followed along a text.
///
/// Only the last star is ever tried again, one byte further on: what earlier stars took need not be reconsidered,
/// because a later start can only leave less text for the rest. So there are at most as many steps as bytes of the
/// text times bytes between two stars, and a piece that is longer than the text ends at the text's end.
struct WildcardWalk {
    private var inPattern = 0
    private var inText = 0
    /// Behind the last star passed, and where in the text that star's run ends for now.
    private var lastStar: (pattern: Int, text: Int)?

    /// Compares one place; the answer, once there is one.
    mutating func step(along pattern: borrowing WildcardPattern, _ text: Span<UInt8>) -> Bool? {
        let isAtEnd = inPattern == pattern.bytes.count
        if !isAtEnd, pattern.bytes[inPattern] == WildcardPattern.anyRun {
            inPattern += 1
            if inPattern == pattern.bytes.count { return true }
            lastStar = (inPattern, inText)
            return nil
        }
        if inText == text.count { return isAtEnd }
        if !isAtEnd, let length = pattern.scalarOrByte(at: inPattern, standsFor: text, at: inText) {
            inPattern += 1
            inText += length
            return nil
        }
        guard let (pattern, text) = lastStar else { return false }
        lastStar = (pattern, text + 1)
        (inPattern, inText) = (pattern, text + 1)
        return nil
    }
}

extension WildcardPattern {
    /// How many bytes of the text the pattern's byte stands for, or nil if it does not stand for what is there.
    fileprivate func scalarOrByte(at index: Int, standsFor text: Span<UInt8>, at position: Int) -> Int? {
        let found = text[position]
        guard bytes[index] == Self.oneScalar else {
            return bytes[index] == (ignoresCase ? found.lowercasedASCII : found) ? 1 : nil
        }
        switch found {
        case ..<0x80: return 1
        // In the middle of a scalar, where no scalar begins.
        case ..<0xC0: return nil
        case ..<0xE0: return 2
        case ..<0xF0: return 3
        default: return 4
        }
    }
}

extension UInt8 {
    var isDecimalDigit: Bool { (0x30...0x39).contains(self) }

    /// The lower-case form of an ASCII letter; other bytes as they are.
    var lowercasedASCII: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
