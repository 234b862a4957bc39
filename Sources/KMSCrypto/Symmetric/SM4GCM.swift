internal import CCrypto
package import KMSCore

/// SM4-GCM (RFC 8998; NIST SP 800-38D over GB/T 32907).
package enum SM4GCM {
    package static let tagByteCount = 16
    package static let keyByteCount = 16
    package static let nonceByteCount = 12

    /// Ciphertext and tag: as long as the plaintext and 16 bytes more, appended to `output`.
    ///
    /// - Parameters:
    ///   - key: 16 bytes; seals 2^32 messages with random nonces, no more.
    ///   - nonce: 12 bytes; never used twice with one key.
    package static func seal(
        _ plaintext: RawSpan,
        key: RawSpan,
        nonce: ArraySlice<UInt8>,
        authenticating data: [UInt8],
        into output: inout [UInt8]
    ) throws(CryptoError) {
        precondition(key.byteCount == keyByteCount && nonce.count == nonceByteCount)
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: plaintext.byteCount + tagByteCount))
        let isSealed = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe key.withUnsafeBytes { key in
                unsafe plaintext.withUnsafeBytes { plaintext in
                    unsafe data.withUnsafeBufferPointer { data in
                        unsafe nonce.withUnsafeBufferPointer { nonce in
                            unsafe CCrypto_sm4gcm_seal(
                                key.baseAddress?.assumingMemoryBound(to: UInt8.self),
                                nonce.baseAddress,
                                data.baseAddress,
                                data.count,
                                plaintext.baseAddress,
                                plaintext.count,
                                output.baseAddress.map { unsafe $0 + start }
                            )
                        }
                    }
                }
            }
        }
        guard isSealed == 1 else { throw CryptoError("libcrypto did not encrypt.") }
    }

    /// The plaintext of what ``seal(_:key:nonce:authenticating:into:)`` made.
    package static func open(
        _ sealed: ArraySlice<UInt8>,
        key: RawSpan,
        nonce: ArraySlice<UInt8>,
        authenticating data: [UInt8]
    ) throws(AuthenticationFailure) -> SecretBytes {
        guard key.byteCount == keyByteCount, nonce.count == nonceByteCount, sealed.count >= tagByteCount else {
            throw AuthenticationFailure()
        }
        do {
            return try unsafe SecretBytes(writing: sealed.count - tagByteCount) { output in
                unsafe key.withUnsafeBytes { key in
                    unsafe sealed.withUnsafeBufferPointer { sealed in
                        unsafe data.withUnsafeBufferPointer { data in
                            unsafe nonce.withUnsafeBufferPointer { nonce in
                                unsafe CCrypto_sm4gcm_open(
                                    key.baseAddress?.assumingMemoryBound(to: UInt8.self),
                                    nonce.baseAddress,
                                    data.baseAddress,
                                    data.count,
                                    sealed.baseAddress,
                                    sealed.count,
                                    output
                                )
                            }
                        }
                    }
                }
            }
        } catch { throw AuthenticationFailure() }
    }
}
