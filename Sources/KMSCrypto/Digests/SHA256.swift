internal import CCrypto

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    package static let byteCount = 32

    /// The digest, 32 bytes.
    package static func digest(_ message: [UInt8]) -> [UInt8] {
        unsafe digest(message.span.bytes)
    }

    /// The digest of bytes that need not leave their place, 32 bytes.
    package static func digest(_ message: RawSpan) -> [UInt8] {
        unsafe filled(byteCount) { digest in
            unsafe message.withUnsafeBytes { unsafe CCrypto_sha256($0.baseAddress, $0.count, digest) }
        }
    }
}

/// Bytes that a C function writes; it cannot fail but for want of memory, which ends the process as it does elsewhere.
func filled(_ byteCount: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> CInt) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
        guard let start = buffer.baseAddress, unsafe fill(start) == 1 else {
            preconditionFailure("libcrypto lacks SHA-2, HMAC or memory")
        }
        count = byteCount
    }
}
