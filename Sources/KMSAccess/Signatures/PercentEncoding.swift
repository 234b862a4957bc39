internal import KMSCore

/// Percent-encoding as signatures want it (RFC 3986 section 2): every byte but the unreserved ones becomes `%` and two
/// upper-case hexadecimal digits.
package enum PercentEncoding {
    /// How often a text is encoded: V1 encodes the canonical query once more as a whole.
    enum Depth {
        case once
        case twice
    }

    static func append(_ bytes: UnsafeBufferPointer<UInt8>, _ depth: Depth, to text: inout [UInt8]) {
        var start = 0
        for (position, byte) in bytes.enumerated() where !isUnreserved(byte) {
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
            start = position + 1
            // The percent sign of the first pass is itself encoded by the second.
            text.append(literal: depth == .once ? "%" : "%25")
            text.append(digit(byte >> 4))
            text.append(digit(byte & 0xF))
        }
        text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
    }

    /// The text with every byte encoded that is not unreserved.
    package static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        Array(text.utf8).withUnsafeBufferPointer { append($0, .once, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The parameters as a form (`application/x-www-form-urlencoded`), in their order.
    package static func form(_ parameters: [(name: String, value: String)]) -> [UInt8] {
        var text: [UInt8] = []
        for parameter in parameters {
            if !text.isEmpty { text.append(UInt8(ascii: "&")) }
            Array(parameter.name.utf8).withUnsafeBufferPointer { append($0, .once, to: &text) }
            text.append(UInt8(ascii: "="))
            Array(parameter.value.utf8).withUnsafeBufferPointer { append($0, .once, to: &text) }
        }
        return text
    }

    /// Letters, digits, `-`, `.`, `_` and `~`: a bit per byte below 128.
    @inline(__always)
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte >> 6 {
        case 0: 0x03FF_6000_0000_0000 as UInt64 >> UInt64(byte) & 1 == 1
        case 1: 0x47FF_FFFE_87FF_FFFE as UInt64 >> UInt64(byte & 63) & 1 == 1
        default: false
        }
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
