internal import CCrypto
internal import KMSCore

/// What SM2 (GB/T 32918.2) signs.
package enum SM2 {
    /// e = SM3(Z ‖ message), 32 bytes, for a public key of SM2 and the usual signer's name, 1234567812345678.
    package static func messageDigest(of message: RawSpan, publicKey: PublicKey) -> [UInt8] {
        precondition(publicKey.spec == .ecSM2)
        return unsafe filled(SM3.byteCount) { digest in
            unsafe message.withUnsafeBytes { message in
                unsafe publicKey.point.withUnsafeBufferPointer { point in
                    unsafe CCrypto_sm2_digest(point.baseAddress, message.baseAddress, message.count, digest)
                }
            }
        }
    }

    /// e = SM3(Z ‖ message), 32 bytes, for a public key of SM2 and the usual signer's name, 1234567812345678.
    package static func messageDigest(of message: [UInt8], publicKey: PublicKey) -> [UInt8] {
        unsafe messageDigest(of: message.span.bytes, publicKey: publicKey)
    }
}
