/// Sixteen bytes that name something; in text a lower-case UUID of 36 characters.
package struct UUIDBytes: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    package let high: UInt64
    /// The last eight bytes, big-endian.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The UUID whose bytes are all zero. It never names anything.
    package static let zero = UUIDBytes(high: 0, low: 0)

    /// The UUID of exactly sixteen bytes, or nil for another count.
    package init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for byte in bytes {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        self.init(high: high, low: low)
    }

    /// The UUID of exactly sixteen bytes, or nil for another count.
    package init?(bytes: [UInt8]) { self.init(bytes: bytes[...]) }

    /// The UUID written in 36 ASCII characters, hexadecimal digits in either case, or nil.
    package init?(text: some Collection<UInt8>) {
        guard text.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (offset, character) in text.enumerated() {
            if offset == 8 || offset == 13 || offset == 18 || offset == 23 {
                guard character == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let value = Self.value(ofHexDigit: character) else { return nil }
            if digits < 16 { halves.0 = halves.0 << 4 | value } else { halves.1 = halves.1 << 4 | value }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// The sixteen bytes, in the order in which the text shows them.
    package var bytes: [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(16)
        append(to: &result)
        return result
    }

    package func append(to buffer: inout [UInt8]) {
        buffer.appendBigEndian(high)
        buffer.appendBigEndian(low)
    }

    private static func value(ofHexDigit character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(character - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(character - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension UUIDBytes: CustomStringConvertible {
    package var description: String {
        let text = text
        return unsafe String(unsafeUninitializedCapacity: text.count) { buffer in
            for index in text.indices { unsafe buffer[index] = text[index] }
            return text.count
        }
    }

    /// The ASCII characters of the text.
    package var text: [36 of UInt8] {
        var text = [36 of UInt8](repeating: UInt8(ascii: "-"))
        var position = 0
        for digit in 0..<32 {
            if digit == 8 || digit == 12 || digit == 16 || digit == 20 { position += 1 }
            let half = digit < 16 ? high : low
            let value = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (digit % 16))) & 0xF
            text[position] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            position += 1
        }
        return text
    }

    /// Appends ``text``.
    package func appendText(to buffer: inout [UInt8]) {
        let text = text
        unsafe text.span.withUnsafeBufferPointer { unsafe buffer.append(contentsOf: $0) }
    }
}
