internal import CCrypto
package import KMSCore

// What keys that live in a token leave to be done outside: their public halves and signatures come as bare numbers.

extension KeySpec {
    /// The DER of the object identifier by which PKCS #11 names the curve of this spec; nil where it has none.
    package var curveParameters: [UInt8]? {
        guard isOnCurve, let type = keyType else { return nil }
        return unsafe written(atMost: 32) { der, count in unsafe CCrypto_curve_parameters(type, der, &count) }
    }

    /// The bits of an RSA spec's modulus; nil for every other.
    package var modulusBitCount: Int? {
        switch self {
        case .rsa2048: 2_048
        case .rsa3072: 3_072
        case .aes256, .sm4, .ecP256, .ecP256K, .ecSM2: nil
        }
    }
}

extension PublicKey {
    /// The key of a point, as the CKA_EC_POINT of a token gives it: an OCTET STRING, or the bare uncompressed point.
    package convenience init(_ spec: KeySpec, tokenPoint: [UInt8]) throws(InvalidPublicKey) {
        guard spec.isOnCurve, let type = spec.keyType else { throw InvalidPublicKey() }
        let der = unsafe written(atMost: longestPublicKey) { der, count in
            unsafe tokenPoint.withUnsafeBufferPointer { point in
                unsafe CCrypto_point_key(type, point.baseAddress, point.count, der, &count)
            }
        }
        guard let der else { throw InvalidPublicKey() }
        try self.init(spec, der: der)
    }

    /// The RSA key of these numbers, big-endian.
    package convenience init(
        _ spec: KeySpec,
        modulus: [UInt8],
        exponent: [UInt8]
    ) throws(InvalidPublicKey) {
        let der = unsafe written(atMost: longestPublicKey) { der, count in
            unsafe modulus.withUnsafeBufferPointer { modulus in
                unsafe exponent.withUnsafeBufferPointer { exponent in
                    unsafe CCrypto_modulus_key(
                        modulus.baseAddress,
                        modulus.count,
                        exponent.baseAddress,
                        exponent.count,
                        der,
                        &count
                    )
                }
            }
        }
        guard let der else { throw InvalidPublicKey() }
        try self.init(spec, der: der)
    }
}

/// The numbers of signatures and padded blocks, as tokens give them.
package enum TokenNumbers {
    /// The DER of an ECDSA or SM2 signature that is r and s, each 32 bytes; for secp256k1 with the lower s, as every
    /// signature of this service has it.
    package static func signature(_ numbers: [UInt8], of spec: KeySpec) throws(CryptoError) -> [UInt8] {
        guard spec.isOnCurve, let type = spec.keyType, numbers.count == 64 else {
            throw CryptoError("The numbers are not those of a signature.")
        }
        let signature = unsafe written(atMost: longestSignature) { signature, count in
            unsafe numbers.withUnsafeBufferPointer { numbers in
                unsafe CCrypto_signature_of_numbers(type, numbers.baseAddress, signature, &count)
            }
        }
        guard let signature else { throw CryptoError("The numbers are not those of a signature.") }
        return signature
    }

    /// What PKCS #1 v1.5 pads when it signs: the DigestInfo of a SHA-256 digest (RFC 8017, 9.2, note 1).
    package static func digestInfo(ofSHA256 digest: [UInt8]) -> [UInt8] {
        [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04]
            + [0x20] + digest
    }

    /// Takes the padding of OAEP off what the bare RSA operation gave, in constant time.
    package static func unpad(
        _ block: borrowing SecretBytes,
        _ algorithm: EncryptionAlgorithm,
        of spec: KeySpec
    ) throws(AuthenticationFailure) -> SecretBytes {
        guard let bits = spec.modulusBitCount, let longest = algorithm.longestPlaintext(for: spec),
            algorithm == .rsaesOAEPSHA1 || algorithm == .rsaesOAEPSHA256
        else { throw AuthenticationFailure() }
        let room = bits / 8
        var count = room
        do {
            let buffer = try block.withBytes { block throws(CryptoError) in
                try unsafe SecretBytes(writing: room) { plaintext in
                    unsafe block.withUnsafeBytes { block in
                        unsafe CCrypto_oaep_unpad(
                            algorithm.name,
                            block.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            block.count,
                            room,
                            plaintext,
                            &count
                        )
                    }
                }
            }
            guard count <= longest else { throw AuthenticationFailure() }
            return buffer.withBytes { SecretBytes(copying: $0.extracting(0..<count)) }
        } catch { throw AuthenticationFailure() }
    }
}

/// No SubjectPublicKeyInfo of a supported key is longer, in bytes.
private let longestPublicKey = 512

/// What C wrote into a buffer of `limit` bytes, or nil where it refused.
private func written(
    atMost limit: Int,
    _ write: (UnsafeMutablePointer<UInt8>, inout Int) -> CInt
) -> [UInt8]? {
    var isWritten = false
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
        guard let start = buffer.baseAddress else { return }
        var length = limit
        isWritten = unsafe write(start, &length) == 1
        count = isWritten ? length : 0
    }
    return isWritten ? bytes : nil
}
