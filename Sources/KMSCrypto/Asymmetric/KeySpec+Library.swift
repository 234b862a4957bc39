internal import CCrypto
internal import KMSCore

extension KeySpec {
    /// The library's name of an asymmetric spec; nil for a symmetric one.
    var keyType: CCryptoKeyType? {
        switch self {
        case .aes256, .sm4: nil
        case .rsa2048: CCRYPTO_RSA_2048
        case .rsa3072: CCRYPTO_RSA_3072
        case .ecP256: CCRYPTO_P256
        case .ecP256K: CCRYPTO_SECP256K1
        case .ecSM2: CCRYPTO_SM2
        }
    }

    /// The bytes of an asymmetric private key as ``PrivateKey/numbers()`` writes it; nil for a symmetric spec.
    package var privateNumbersByteCount: Int? {
        switch self {
        case .aes256, .sm4: nil
        case .rsa2048: 256 + 5 * 128
        case .rsa3072: 384 + 5 * 192
        case .ecP256, .ecP256K, .ecSM2: 32
        }
    }
}

extension SignatureAlgorithm {
    var name: CCryptoSignature {
        switch self {
        case .rsaPSSSHA256: CCRYPTO_RSA_PSS
        case .rsaPKCS1SHA256: CCRYPTO_RSA_PKCS1
        case .ecdsaSHA256: CCRYPTO_ECDSA
        case .sm2DSA: CCRYPTO_SM2DSA
        }
    }
}

extension EncryptionAlgorithm {
    var name: CCryptoEncryption {
        switch self {
        case .rsaesOAEPSHA256: CCRYPTO_OAEP_SHA256
        case .rsaesOAEPSHA1: CCRYPTO_OAEP_SHA1
        case .rsaesPKCS1: CCRYPTO_RSAES_PKCS1
        case .sm2PKE: CCRYPTO_SM2PKE
        }
    }
}

/// The most bytes that a signature, or an RSA ciphertext, of any spec has.
let longestSignature = 384

/// A key that libcrypto holds, freed and wiped with its last user.
@safe final class LibraryKey: @unchecked Sendable {
    // Sendable: libcrypto counts the users of a key, and locks what it computes for it later.
    let pointer: OpaquePointer

    /// Takes a key that libcrypto made for the caller; nil where it made none.
    init?(taking pointer: OpaquePointer?) {
        guard let pointer = unsafe pointer else { return nil }
        unsafe self.pointer = unsafe pointer
    }

    deinit { unsafe CCrypto_key_free(pointer) }
}
