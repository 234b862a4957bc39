internal import CCrypto
package import KMSCore

/// Why a ciphertext did not open: it was changed, or is not for this key, nonce and data. Which, is never told.
package struct AuthenticationFailure: Error, Sendable {}

/// AES-256-GCM (NIST SP 800-38D) and its extension to long nonces.
package enum AESGCM {
    package static let tagByteCount = 16
    package static let keyByteCount = 32

    /// Which of the two is meant, by the length of its nonce in bytes.
    package enum Variant: Int, Sendable {
        /// AES-256-GCM: a key seals 2^32 messages with random nonces, no more.
        case plain = 12
        /// XAES-256-GCM (c2sp.org/XAES-256-GCM): random nonces for any number of messages.
        case extended = 24
    }

    /// Ciphertext and tag: as long as the plaintext and 16 bytes more, appended to `output`.
    ///
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - nonce: 12 or 24 bytes, by the variant; never used twice with one key.
    package static func seal(
        _ plaintext: RawSpan,
        _ variant: Variant,
        key: RawSpan,
        nonce: ArraySlice<UInt8>,
        authenticating data: [UInt8],
        into output: inout [UInt8]
    ) throws(CryptoError) {
        precondition(key.byteCount == keyByteCount && nonce.count == variant.rawValue)
        let count = plaintext.byteCount + tagByteCount
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: count))
        let isSealed = unsafe output.withUnsafeMutableBufferPointer { output in
            unsafe key.withUnsafeBytes { key in
                unsafe plaintext.withUnsafeBytes { plaintext in
                    unsafe data.withUnsafeBufferPointer { data in
                        unsafe nonce.withUnsafeBufferPointer { nonce in
                            let seal = unsafe variant == .plain ? CCrypto_aes256gcm_seal : CCrypto_xaes256gcm_seal
                            return unsafe seal(
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

    /// The plaintext of what ``seal(_:_:key:nonce:authenticating:into:)`` made.
    package static func open(
        _ sealed: ArraySlice<UInt8>,
        _ variant: Variant,
        key: RawSpan,
        nonce: ArraySlice<UInt8>,
        authenticating data: [UInt8]
    ) throws(AuthenticationFailure) -> SecretBytes {
        guard key.byteCount == keyByteCount, nonce.count == variant.rawValue, sealed.count >= tagByteCount else {
            throw AuthenticationFailure()
        }
        let count = sealed.count - tagByteCount
        do {
            return try unsafe SecretBytes(writing: count) { output in
                unsafe key.withUnsafeBytes { key in
                    unsafe sealed.withUnsafeBufferPointer { sealed in
                        unsafe data.withUnsafeBufferPointer { data in
                            unsafe nonce.withUnsafeBufferPointer { nonce in
                                let open = unsafe variant == .plain ? CCrypto_aes256gcm_open : CCrypto_xaes256gcm_open
                                return unsafe open(
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
