internal import FoundationEssentials

/// Base64 (RFC 4648 section 4), padded and canonical.
package enum Base64 {
    /// The bytes that `text` stands for, or nil unless encoding them gives `text` again.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let data = Data(base64Encoded: Data(text)) else { return nil }
        // The decoder lets unused bits of the last character pass.
        guard data.base64EncodedData().elementsEqual(text) else { return nil }
        return Array(data)
    }

    /// The text of a secret, itself a secret.
    package static func encode(_ secret: borrowing SecretBytes) -> SecretBytes {
        secret.withBytes { bytes in
            SecretBytes(byteCount: (bytes.byteCount + 2) / 3 * 4) { output in
                for start in stride(from: 0, to: bytes.byteCount, by: 3) {
                    let count = min(3, bytes.byteCount - start)
                    var group: UInt32 = 0
                    for offset in 0..<3 {
                        group <<= 8
                        if offset < count {
                            unsafe group |= UInt32(
                                bytes.unsafeLoad(fromUncheckedByteOffset: start + offset, as: UInt8.self)
                            )
                        }
                    }
                    for position in 0..<4 {
                        let sextet = UInt8(truncatingIfNeeded: group >> (18 - 6 * UInt32(position))) & 0x3F
                        output.append(position <= count ? character(sextet) : UInt8(ascii: "="))
                    }
                }
            }
        }
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
