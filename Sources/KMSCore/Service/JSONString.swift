extension [UInt8] {
    /// Appends UTF-8 text as a JSON string: only what must be escaped is, and never as `\u` where a short form exists.
    package mutating func appendJSONString(_ text: some Sequence<UInt8>) {
        append(UInt8(ascii: "\""))
        // Most texts hold nothing to escape and are taken over in one piece.
        let isWhole = text.withContiguousStorageIfAvailable { bytes in
            guard unsafe !bytes.contains(where: Self.isEscapedInJSON) else { return false }
            unsafe append(contentsOf: bytes)
            return true
        }
        if isWhole != true { for byte in text { appendJSONCharacter(byte) } }
        append(UInt8(ascii: "\""))
    }

    private static func isEscapedInJSON(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Appends the literal's UTF-8.
    package mutating func append(literal: StaticString) {
        literal.withUTF8Buffer { unsafe append(contentsOf: $0) }
    }

    /// Appends one byte of a JSON string's text.
    package mutating func appendJSONCharacter(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            append(UInt8(ascii: "\\"))
            append(byte)
        case 0x0A: append(contentsOf: #"\n"#.utf8)
        case 0x0D: append(contentsOf: #"\r"#.utf8)
        case 0x09: append(contentsOf: #"\t"#.utf8)
        case 0..<0x20:
            append(contentsOf: #"\u00"#.utf8)
            append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let digit = byte & 0xF
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        default: append(byte)
        }
    }
}
