internal import KMSCore
internal import KMSCrypto

/// Random texts of letters and digits, every character equally likely.
enum Base62 {
    /// A new access key's id: `LTAI` and 20 characters.
    static func accessKeyID() throws(CryptoError) -> String { "LTAI" + (try text(characterCount: 20)) }

    /// A new access key's secret: 30 characters.
    static func accessKeySecret() throws(CryptoError) -> SecretBytes { try secret(characterCount: 30) }

    static func text(characterCount: Int) throws(CryptoError) -> String {
        try secret(characterCount: characterCount).withBytes { bytes in
            var text = ""
            for offset in bytes.byteOffsets {
                text.unicodeScalars.append(
                    Unicode.Scalar(bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
                )
            }
            return text
        }
    }

    static func secret(characterCount: Int) throws(CryptoError) -> SecretBytes {
        try SecretBytes(byteCount: characterCount) { output throws(CryptoError) in
            while output.byteCount < characterCount {
                try RandomBytes.secret(byteCount: 64).withBytes { bytes in
                    for offset in bytes.byteOffsets where output.byteCount < characterCount {
                        let byte = bytes.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
                        // 248 is the last multiple of 62 in a byte: above it the first characters would be likelier.
                        if byte < 248 { output.append(character(byte % 62)) }
                    }
                }
            }
        }
    }

    /// `0-9`, `A-Z`, `a-z` by arithmetic alone: a table would show the secret to the cache.
    private static func character(_ value: UInt8) -> UInt8 {
        let value = Int16(value)
        let letter = ((9 - value) >> 15) & 7
        let lowerCase = ((35 - value) >> 15) & 6
        return UInt8(truncatingIfNeeded: value + 48 + letter + lowerCase)
    }
}
