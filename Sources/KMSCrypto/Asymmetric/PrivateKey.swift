internal import CCrypto
package import KMSCore

/// A private key in the form in which it works fast; wiped when the last user lets go of it.
///
/// Any number of threads may use one together.
package final class PrivateKey: Sendable {
    private enum Material: Sendable {
        case libcrypto(LibraryKey)
        case secp256k1(SecretBox)
    }

    package let publicKey: PublicKey
    private let material: Material

    package var spec: KeySpec { publicKey.spec }

    /// Draws a key. An RSA key takes a good part of a second, the others well under a millisecond.
    ///
    /// - Parameter spec: an asymmetric one.
    package static func generate(_ spec: KeySpec) throws(CryptoError) -> PrivateKey {
        guard let type = spec.keyType, let numbersByteCount = spec.privateNumbersByteCount else {
            throw CryptoError("The spec is not one of a key pair.")
        }
        var der = [UInt8](repeating: 0, count: 512)
        var derCount = der.count
        let numbers = try unsafe SecretBytes(writing: numbersByteCount) { numbers in
            unsafe der.withUnsafeMutableBufferPointer { der in
                unsafe CCrypto_generate(type, numbers, numbersByteCount, der.baseAddress, &derCount)
            }
        }
        guard let publicKey = try? PublicKey(spec, der: Array(der[..<derCount])) else {
            throw CryptoError("libcrypto made no usable key.")
        }
        return try PrivateKey(spec, numbers: numbers, publicKey: publicKey)
    }

    /// The key of these numbers.
    ///
    /// All are big-endian and of fixed length, ``KMSCore/KeySpec/privateNumbersByteCount`` bytes in all.
    /// - RSA: d, as long as the modulus, then p, q, d mod p-1, d mod q-1 and 1/q mod p, each half as long. Modulus and
    ///   exponent are the public key's, and a modulus that is not p·q is refused.
    /// - Curves: one number of 32 bytes, refused where the curve has none such. That the public key is its point is not
    ///   computed anew: the two must come from a place that keeps them together.
    package init(_ spec: KeySpec, numbers: borrowing SecretBytes, publicKey: PublicKey) throws(CryptoError) {
        guard publicKey.spec == spec, let type = spec.keyType, numbers.byteCount == spec.privateNumbersByteCount else {
            throw CryptoError("The numbers are not those of a private key.")
        }
        let material: Material? = numbers.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                if spec == .ecP256K {
                    guard unsafe CCrypto_secp256k1_is_number(start) == 1 else { return nil }
                    return .secp256k1(SecretBox(SecretBytes(copying: bytes)))
                }
                let key = unsafe publicKey.point.withUnsafeBufferPointer { point in
                    unsafe LibraryKey(
                        taking: CCrypto_private_key(
                            type,
                            start,
                            buffer.count,
                            publicKey.handle?.pointer,
                            point.baseAddress
                        )
                    )
                }
                return key.map { .libcrypto($0) }
            }
        }
        guard let material else { throw CryptoError("The numbers are not those of a private key.") }
        self.publicKey = publicKey
        self.material = material
    }

    /// The numbers that ``init(_:numbers:publicKey:)`` takes.
    package func numbers() throws(CryptoError) -> SecretBytes {
        switch material {
        case .secp256k1(let number): return number.withBytes { SecretBytes(copying: $0) }
        case .libcrypto(let key):
            guard let type = spec.keyType, let byteCount = spec.privateNumbersByteCount else {
                throw CryptoError("The spec is not one of a key pair.")
            }
            return try unsafe SecretBytes(writing: byteCount) { numbers in
                unsafe CCrypto_private_numbers(type, key.pointer, numbers, byteCount)
            }
        }
    }

    /// Signs a digest of 32 bytes; for SM2 that is e, see ``SM2/messageDigest(of:publicKey:)``.
    ///
    /// For RSA the signature is as long as the modulus; for curves it is DER: SEQUENCE { r, s }.
    package func sign(_ digest: [UInt8], with algorithm: SignatureAlgorithm) throws(CryptoError) -> [UInt8] {
        guard algorithm.fits(spec), digest.count == SignatureAlgorithm.digestByteCount else {
            throw CryptoError("The digest does not fit the key and the algorithm.")
        }
        var count = longestSignature
        var isSigned = false
        let signature = unsafe [UInt8](unsafeUninitializedCapacity: count) { signature, written in
            isSigned = unsafe digest.withUnsafeBufferPointer { digest in
                switch material {
                case .libcrypto(let key):
                    unsafe CCrypto_sign(algorithm.name, key.pointer, digest.baseAddress, signature.baseAddress, &count)
                        == 1
                case .secp256k1(let number):
                    number.withBytes { number in
                        unsafe number.withUnsafeBytes { number in
                            unsafe CCrypto_secp256k1_sign(
                                number.baseAddress?.assumingMemoryBound(to: UInt8.self),
                                digest.baseAddress,
                                signature.baseAddress,
                                &count
                            ) == 1
                        }
                    }
                }
            }
            written = isSigned ? count : 0
        }
        guard isSigned else { throw CryptoError("libcrypto did not sign.") }
        return signature
    }

    /// The plaintext of what was encrypted to the public half. For SM2 the ciphertext is C1 C3 C2, or the DER of
    /// GB/T 35276.
    ///
    /// Why a ciphertext does not open is not told: with PKCS#1 v1.5 padding, that alone would open others.
    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm
    ) throws(AuthenticationFailure) -> SecretBytes {
        guard let byteCounts = algorithm.ciphertextByteCounts(for: spec), byteCounts.contains(ciphertext.count),
            let longest = algorithm.longestPlaintext(for: spec), case .libcrypto(let key) = material
        else { throw AuthenticationFailure() }
        // libcrypto wants room for the whole modulus.
        let room = algorithm == .sm2PKE ? longest : longestSignature
        var count = room
        do {
            let buffer = try unsafe SecretBytes(writing: room) { plaintext in
                unsafe ciphertext.withUnsafeBufferPointer { ciphertext in
                    unsafe CCrypto_decrypt(
                        algorithm.name,
                        key.pointer,
                        ciphertext.baseAddress,
                        ciphertext.count,
                        plaintext,
                        &count
                    )
                }
            }
            guard count <= longest else { throw AuthenticationFailure() }
            return buffer.withBytes { SecretBytes(copying: $0.extracting(0..<count)) }
        } catch { throw AuthenticationFailure() }
    }
}
