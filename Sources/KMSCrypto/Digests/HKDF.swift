internal import CCrypto
package import KMSCore

/// HKDF (RFC 5869) with SHA-256.
package enum HKDF {
    /// A secret of `byteCount` bytes, at most 8,160.
    package static func derive(
        from secret: RawSpan,
        salt: [UInt8] = [],
        info: [UInt8],
        byteCount: Int
    ) throws(CryptoError) -> SecretBytes {
        try unsafe SecretBytes(writing: byteCount) { output in
            unsafe secret.withUnsafeBytes { secret in
                unsafe salt.withUnsafeBytes { salt in
                    unsafe info.withUnsafeBytes { info in
                        unsafe CCrypto_hkdf_sha256(
                            secret.baseAddress,
                            secret.count,
                            salt.baseAddress,
                            salt.count,
                            info.baseAddress,
                            info.count,
                            output,
                            byteCount
                        )
                    }
                }
            }
        }
    }
}

extension SecretBytes {
    /// A secret that a C function writes whole.
    init(writing byteCount: Int, _ write: (UnsafeMutablePointer<UInt8>) -> CInt) throws(CryptoError) {
        try self.init(byteCount: byteCount) { output throws(CryptoError) in
            var isWritten = false
            unsafe output.withUnsafeMutableBytes { buffer, count in
                guard let start = buffer.baseAddress else { return }
                isWritten = unsafe write(start.assumingMemoryBound(to: UInt8.self)) == 1
                count = byteCount
            }
            guard isWritten else { throw CryptoError("libcrypto refused to work") }
        }
    }
}
