/// Mechanisms of PKCS #11 2.40 and 3.0 (CKM_…) that keys are made and used with.
enum Mechanism {
    static let rsaKeyPair: UInt = 0x0000
    static let rsaPKCS1: UInt = 0x0001
    /// The bare RSA operation.
    static let rsaX509: UInt = 0x0003
    static let rsaOAEP: UInt = 0x0009
    static let rsaPSS: UInt = 0x000D
    static let ecKeyPair: UInt = 0x1040
    static let ecdsa: UInt = 0x1041
    static let aesKey: UInt = 0x1080
    static let aesGCM: UInt = 0x1087
    /// AES key wrap with padding (RFC 5649), as 2.40 has it.
    static let aesKeyWrapPad: UInt = 0x210A
    /// The same by its name of 3.0, whose definition leaves no room for padding by other rules.
    static let aesKeyWrapKWP: UInt = 0x210B

    /// Flags of CK_MECHANISM_INFO (CKF_…).
    static let encrypts: UInt = 0x100
    static let decrypts: UInt = 0x200
    static let signs: UInt = 0x800
    static let generates: UInt = 0x8000
    static let generatesPairs: UInt = 0x1_0000
    static let wraps: UInt = 0x2_0000
    static let unwraps: UInt = 0x4_0000
}

/// Key types (CKK_…).
enum KeyType {
    static let rsa: UInt = 0x00
    static let ec: UInt = 0x03
    static let aes: UInt = 0x1F
}

/// Attributes (CKA_…) that are read.
enum Attribute {
    static let keyType: UInt = 0x100
    static let sensitive: UInt = 0x103
    static let modulus: UInt = 0x120
    static let publicExponent: UInt = 0x122
    static let valueByteCount: UInt = 0x161
    static let extractable: UInt = 0x162
    static let copyable: UInt = 0x171
    static let ecPoint: UInt = 0x181
}
