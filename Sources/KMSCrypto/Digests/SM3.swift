internal import CCrypto

/// SM3 (GB/T 32905).
package enum SM3 {
    package static let byteCount = 32

    /// The digest, 32 bytes.
    package static func digest(_ message: [UInt8]) -> [UInt8] {
        unsafe digest(message.span.bytes)
    }

    /// The digest of bytes that need not leave their place, 32 bytes.
    package static func digest(_ message: RawSpan) -> [UInt8] {
        unsafe filled(byteCount) { digest in
            unsafe message.withUnsafeBytes { unsafe CCrypto_sm3($0.baseAddress, $0.count, digest) }
        }
    }
}
