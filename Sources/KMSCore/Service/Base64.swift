internal import FoundationEssentials

/// Base64 (RFC 4648 section 4), padded and canonical.
package enum Base64 {
    /// The bytes that `text` stands for, or nil unless encoding them gives `text` again.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let data = Data(base64Encoded: Data(text)) else { return nil }
        let bytes = Array(data)
        // The decoder lets unused bits of the last character pass.
        return characters(of: bytes)[...] == text ? bytes : nil
    }

    /// The text of bytes that are no secret, as ASCII.
    package static func characters(of bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(characterCount(bytes.count))
        unsafe encode(bytes.span.bytes) { text.append($0) }
        return text
    }

    /// The text of bytes that are no secret.
    package static func encode(_ bytes: [UInt8]) -> String {
        String(decoding: characters(of: bytes), as: UTF8.self)
    }

    /// The text of a secret, itself a secret.
    package static func encode(_ secret: borrowing SecretBytes) -> SecretBytes {
        secret.withBytes { encode($0) }
    }

    /// The text of secret bytes, itself a secret.
    package static func encode(_ bytes: RawSpan) -> SecretBytes {
        SecretBytes(byteCount: characterCount(bytes.byteCount)) { output in
            encode(bytes) { output.append($0) }
        }
    }

    private static func characterCount(_ byteCount: Int) -> Int { (byteCount + 2) / 3 * 4 }

    private static func encode(_ bytes: RawSpan, _ append: (UInt8) -> Void) {
        for start in stride(from: 0, to: bytes.byteCount, by: 3) {
            let count = min(3, bytes.byteCount - start)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group <<= 8
                if offset < count { group |= UInt32(byte(bytes, start + offset)) }
            }
            for position in 0..<4 {
                let sextet = UInt8(truncatingIfNeeded: group >> (18 - 6 * UInt32(position))) & 0x3F
                append(position <= count ? character(sextet) : UInt8(ascii: "="))
            }
        }
    }

    /// The secret that a text stands for, or nil unless encoding it gives the text again. No copy is left behind.
    package static func decodeSecret(_ text: RawSpan) -> SecretBytes? {
        guard text.byteCount % 4 == 0 else { return nil }
        var padding = 0
        while padding < min(2, text.byteCount), byte(text, text.byteCount - 1 - padding) == UInt8(ascii: "=") {
            padding += 1
        }
        do {
            return try SecretBytes(byteCount: text.byteCount / 4 * 3 - padding) { output throws(NotBase64) in
                var refusal: Int32 = 0
                for start in stride(from: 0, to: text.byteCount, by: 4) {
                    let padding = start + 4 == text.byteCount ? padding : 0
                    var group: Int32 = 0
                    for offset in 0..<4 {
                        let value = offset < 4 - padding ? sextet(byte(text, start + offset)) : 0
                        refusal |= value
                        group = group << 6 | (value & 0x3F)
                    }
                    for position in 0..<3 {
                        let value = UInt8(truncatingIfNeeded: group >> (16 - 8 * Int32(position)))
                        if position < 3 - padding {
                            output.append(value)
                        } else {
                            // Bits that no byte takes must be zero; a one becomes a negative number, as a refusal is.
                            refusal |= -Int32(value)
                        }
                    }
                }
                guard refusal >= 0 else { throw NotBase64() }
            }
        } catch { return nil }
    }

    private struct NotBase64: Error {}

    private static func byte(_ bytes: RawSpan, _ offset: Int) -> UInt8 {
        precondition(offset < bytes.byteCount)
        return unsafe bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The six bits of a character, or a negative number; by arithmetic alone, as ``character(_:)``.
    private static func sextet(_ character: UInt8) -> Int32 {
        let character = Int32(character)
        /// All ones where the character lies between the two, both left out.
        func between(_ low: Int32, _ high: Int32) -> Int32 { ((low - character) & (character - high)) >> 31 }
        var value: Int32 = -1
        value += between(64, 91) & (character - 64)
        value += between(96, 123) & (character - 70)
        value += between(47, 58) & (character + 5)
        value += between(42, 44) & 63
        value += between(46, 48) & 64
        return value
    }

    /// The character of six bits by arithmetic alone: a table would show the secret to the cache.
    private static func character(_ sextet: UInt8) -> UInt8 {
        let value = Int16(sextet)
        var character = value + 65
        character += ((25 - value) >> 15) & 6
        character -= ((51 - value) >> 15) & 75
        character -= ((61 - value) >> 15) & 15
        character += ((62 - value) >> 15) & 3
        return UInt8(truncatingIfNeeded: character)
    }
}
