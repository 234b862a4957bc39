internal import CCrypto
package import KMSCore

/// Why bytes are no public key of the spec that was asked for. Which rule they broke, is not told.
package struct InvalidPublicKey: Error, Sendable {}

/// The public half of an asymmetric key: anybody may have it.
///
/// Any number of threads may use one together.
package final class PublicKey: Sendable {
    package let spec: KeySpec
    /// DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), the one way in which this key is written.
    package let der: [UInt8]
    /// For a curve, 0x04, x, y, 65 bytes; empty for RSA.
    package let point: [UInt8]
    /// Nil for secp256k1, whose library takes the point.
    let handle: LibraryKey?

    /// Reads a SubjectPublicKeyInfo that is written as ``der`` is.
    ///
    /// Refused are keys of another spec, RSA exponents outside FIPS 186-5, points that are not on the curve, curves
    /// that are not named, compressed points, and whatever would be written in another way.
    ///
    /// - Parameter der: at most 512 bytes.
    package init(_ spec: KeySpec, der: [UInt8]) throws(InvalidPublicKey) {
        guard let type = spec.keyType else { throw InvalidPublicKey() }
        var point = [UInt8](repeating: 0, count: 65)
        var pointer: OpaquePointer?
        let isRead = unsafe der.withUnsafeBufferPointer { der in
            unsafe point.withUnsafeMutableBufferPointer { point in
                unsafe CCrypto_public_key(type, der.baseAddress, der.count, &pointer, point.baseAddress)
            }
        }
        guard isRead == 1 else { throw InvalidPublicKey() }
        self.spec = spec
        self.der = der
        self.point = spec.isOnCurve ? point : []
        handle = unsafe LibraryKey(taking: pointer)
    }

    /// The key of a point on a curve: 0x04, x, y, 65 bytes.
    package convenience init(_ spec: KeySpec, point: [UInt8]) throws(InvalidPublicKey) {
        guard let type = spec.keyType, point.count == 65 else { throw InvalidPublicKey() }
        var der = [UInt8](repeating: 0, count: 512)
        var count = der.count
        let isWritten = unsafe point.withUnsafeBufferPointer { point in
            unsafe der.withUnsafeMutableBufferPointer { der in
                unsafe CCrypto_point_der(type, point.baseAddress, der.baseAddress, &count)
            }
        }
        guard isWritten == 1 else { throw InvalidPublicKey() }
        // Reading it tells whether the point is one of the curve's.
        try self.init(spec, der: Array(der[..<count]))
    }

    /// The key as PEM text (RFC 7468, 13): lines of 64 columns, a newline at the end.
    package var pem: String {
        var count = 1_024
        let text = unsafe [UInt8](unsafeUninitializedCapacity: count) { pem, written in
            let isWritten = unsafe der.withUnsafeBufferPointer { der in
                unsafe CCrypto_public_key_pem(der.baseAddress, der.count, pem.baseAddress, &count)
            }
            guard isWritten == 1 else { preconditionFailure("libcrypto lacks memory") }
            written = count
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the private half signed this digest, 32 bytes. Curves take DER, written canonically; ECDSA takes both
    /// s and n - s.
    package func verify(_ signature: [UInt8], of digest: [UInt8], with algorithm: SignatureAlgorithm) -> Bool {
        guard algorithm.fits(spec), digest.count == SignatureAlgorithm.digestByteCount,
            (1...longestSignature).contains(signature.count)
        else { return false }
        return unsafe signature.withUnsafeBufferPointer { signature in
            unsafe digest.withUnsafeBufferPointer { digest in
                guard let handle else {
                    return unsafe point.withUnsafeBufferPointer { point in
                        unsafe CCrypto_secp256k1_verify(
                            point.baseAddress,
                            digest.baseAddress,
                            signature.baseAddress,
                            signature.count
                        ) == 1
                    }
                }
                return unsafe CCrypto_verify(
                    algorithm.name,
                    handle.pointer,
                    digest.baseAddress,
                    signature.baseAddress,
                    signature.count
                ) == 1
            }
        }
    }

    /// A ciphertext that the private half opens: for RSA as long as the modulus; for SM2 97 bytes longer than the
    /// plaintext, C1 C3 C2.
    ///
    /// - Parameter plaintext: at most ``EncryptionAlgorithm/longestPlaintext(for:)`` bytes; for SM2 not empty.
    package func encrypt(_ plaintext: RawSpan, with algorithm: EncryptionAlgorithm) throws(CryptoError) -> [UInt8] {
        guard let longest = algorithm.longestPlaintext(for: spec), plaintext.byteCount <= longest,
            algorithm != .sm2PKE || plaintext.byteCount > 0, let handle
        else { throw CryptoError("The plaintext does not fit the key and the algorithm.") }
        var count = algorithm == .sm2PKE ? plaintext.byteCount + 97 : longestSignature
        var isEncrypted = false
        let ciphertext = unsafe [UInt8](unsafeUninitializedCapacity: count) { ciphertext, written in
            isEncrypted = unsafe plaintext.withUnsafeBytes { plaintext in
                unsafe CCrypto_encrypt(
                    algorithm.name,
                    handle.pointer,
                    plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    plaintext.count,
                    ciphertext.baseAddress,
                    &count
                ) == 1
            }
            written = isEncrypted ? count : 0
        }
        guard isEncrypted else { throw CryptoError("libcrypto did not encrypt.") }
        return ciphertext
    }
}

extension KeySpec {
    /// Whether a public key of this spec is a point.
    var isOnCurve: Bool { self == .ecP256 || self == .ecP256K || self == .ecSM2 }
}
