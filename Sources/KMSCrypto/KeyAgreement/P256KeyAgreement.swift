internal import CCrypto
package import KMSCore

/// ECDH on NIST P-256 (SP 800-56A): how a slot's public half takes a secret in.
package enum P256KeyAgreement {
    package static let privateKeyByteCount = 32
    /// An uncompressed point: 0x04, x, y.
    package static let publicKeyByteCount = 65

    package struct KeyPair: ~Copyable {
        /// The private number, 32 bytes.
        package let privateKey: SecretBytes
        package let publicKey: [UInt8]
    }

    package static func makeKeyPair() throws(CryptoError) -> KeyPair {
        var publicKey = [UInt8](repeating: 0, count: publicKeyByteCount)
        let privateKey = try unsafe SecretBytes(writing: privateKeyByteCount) { privateKey in
            unsafe publicKey.withUnsafeMutableBufferPointer { publicKey in
                unsafe CCrypto_p256_generate(privateKey, publicKey.baseAddress)
            }
        }
        return KeyPair(privateKey: privateKey, publicKey: publicKey)
    }

    /// A new private number, 32 bytes; its public point can be had from it.
    package static func makePrivateKey() throws(CryptoError) -> SecretBytes {
        let pair = try makeKeyPair()
        return pair.privateKey
    }

    /// The public point of a private number, or an error for a number that is no private key.
    package static func publicKey(of privateKey: borrowing SecretBytes) throws(CryptoError) -> [UInt8] {
        guard privateKey.byteCount == privateKeyByteCount else { throw CryptoError("A P-256 number has 32 bytes.") }
        var publicKey = [UInt8](repeating: 0, count: publicKeyByteCount)
        let isMade = privateKey.withBytes { privateKey in
            unsafe privateKey.withUnsafeBytes { privateKey in
                unsafe publicKey.withUnsafeMutableBufferPointer { publicKey in
                    unsafe CCrypto_p256_public(
                        privateKey.baseAddress?.assumingMemoryBound(to: UInt8.self),
                        publicKey.baseAddress
                    )
                }
            }
        }
        guard isMade == 1 else { throw CryptoError("The number is no P-256 private key.") }
        return publicKey
    }

    /// The shared x coordinate, 32 bytes; an error for a point that is not on the curve.
    package static func agree(
        _ privateKey: borrowing SecretBytes,
        with publicKey: [UInt8]
    ) throws(CryptoError) -> SecretBytes {
        guard privateKey.byteCount == privateKeyByteCount, publicKey.count == publicKeyByteCount else {
            throw CryptoError("The keys are not P-256 keys.")
        }
        return try privateKey.withBytes { privateKey throws(CryptoError) in
            try unsafe SecretBytes(writing: 32) { shared in
                unsafe privateKey.withUnsafeBytes { privateKey in
                    unsafe publicKey.withUnsafeBufferPointer { publicKey in
                        unsafe CCrypto_p256_agree(
                            privateKey.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            publicKey.baseAddress,
                            shared
                        )
                    }
                }
            }
        }
    }
}
