package import KMSCore
internal import KMSCrypto

/// One share of the private half of a slot's key pair, as it is printed and kept by a person
/// (`Documentation/RootKeySlots.md`).
package struct RecoveryShare: Sendable {
    /// The slot that it opens together with others.
    package let slot: UUIDBytes
    /// 1 to 32; no two shares of a slot have the same.
    package let number: UInt8
    /// How many shares of the slot are needed.
    package let threshold: UInt8
    /// 32 bytes.
    let value: SecretBox

    private static let formatVersion: UInt8 = 1
    private static let checksumByteCount = 4
    private static let byteCount = 1 + 16 + 1 + 1 + 32 + checksumByteCount
    private static let label = Array("keyhold-share:".utf8)
    /// How many shares a slot may have.
    package static let counts = 2...32

    init(slot: UUIDBytes, number: UInt8, threshold: UInt8, value: SecretBox) {
        self.slot = slot
        self.number = number
        self.threshold = threshold
        self.value = value
    }

    /// The share in a text of any case, with any spaces, hyphens and line breaks between its digits, and with lines of
    /// comment that begin with `#`.
    ///
    /// - Throws: in plain words, what keeps the text from being a share.
    package init(parsing text: borrowing SecretBytes) throws(RootKeyError) {
        let bytes = try Self.binary(text)
        let header = bytes.withBytes { bytes in
            (0..<19).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
        let isWhole = bytes.withBytes { bytes in
            let end = Self.byteCount - Self.checksumByteCount
            let checksum = SHA256.digest(bytes.extracting(0..<end)).prefix(Self.checksumByteCount)
            return zip(end..., checksum).allSatisfy {
                unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == $1
            }
        }
        guard isWhole else { throw RootKeyError("A digit of it is wrong: its checksum does not fit.") }
        guard header[0] == Self.formatVersion else {
            throw RootKeyError("It is of format version \(header[0]), which this program does not know.")
        }
        guard let slot = UUIDBytes(bytes: header[1..<17]), (1...32).contains(header[17]),
            Self.counts.contains(Int(header[18]))
        else { throw RootKeyError("It has a number or a threshold that no share has.") }
        let value = bytes.withBytes { SecretBytes(copying: $0.extracting(19..<51)) }
        self.init(slot: slot, number: header[17], threshold: header[18], value: SecretBox(value))
    }

    /// `keyhold-share:` and hexadecimal digits in groups of four: `01 | slot id (16) | number | threshold | value (32) |
    /// first bytes (4) of the SHA-256 of all before`.
    package var text: SecretBytes {
        let content = SecretBytes(byteCount: Self.byteCount - Self.checksumByteCount) { output in
            output.append(Self.formatVersion)
            for byte in slot.bytes { output.append(byte) }
            output.append(number)
            output.append(threshold)
            value.withBytes { value in
                for offset in value.byteOffsets {
                    unsafe output.append(value.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
                }
            }
        }
        let groups = (Self.byteCount + 1) / 2
        return content.withBytes { content in
            let checksum = SHA256.digest(content).prefix(Self.checksumByteCount)
            return SecretBytes(byteCount: Self.label.count + Self.byteCount * 2 + groups - 1) { output in
                for character in Self.label { output.append(character) }
                for index in 0..<Self.byteCount {
                    if index > 0 && index % 2 == 0 { output.append(UInt8(ascii: "-")) }
                    let byte =
                        index < content.byteCount
                        ? unsafe content.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                        : checksum[index - content.byteCount]
                    output.append(Self.digit(byte >> 4))
                    output.append(Self.digit(byte & 15))
                }
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// The bytes that the digits stand for.
    private static func binary(_ text: borrowing SecretBytes) throws(RootKeyError) -> SecretBytes {
        try text.withBytes { text throws(RootKeyError) in
            try SecretBytes(byteCount: byteCount) { output throws(RootKeyError) in
                var labelLeft = label[...]
                var (isComment, isLineStart) = (false, true)
                var (pending, count) = (UInt8?.none, 0)
                for offset in text.byteOffsets {
                    var character = unsafe text.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
                    if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(character) { character |= 0x20 }
                    if isLineStart { isComment = character == UInt8(ascii: "#") }
                    isLineStart = character == UInt8(ascii: "\n")
                    if isComment || [0x20, 0x09, 0x0A, 0x0D].contains(character) { continue }
                    if let expected = labelLeft.popFirst() {
                        guard character == expected else { throw RootKeyError("It does not begin with keyhold-share:") }
                        continue
                    }
                    if character == UInt8(ascii: "-") { continue }
                    guard let value = value(ofDigit: character) else {
                        throw RootKeyError("It has a character that is no hexadecimal digit.")
                    }
                    guard count < byteCount else { throw RootKeyError("It has too many digits.") }
                    guard let high = pending else {
                        pending = value
                        continue
                    }
                    output.append(high << 4 | value)
                    (pending, count) = (nil, count + 1)
                }
                guard count == byteCount, pending == nil else {
                    throw RootKeyError("It has too few digits: some are missing.")
                }
            }
        }
    }
}
