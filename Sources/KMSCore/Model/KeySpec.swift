/// The type of a key, as CreateKey names it (manual 2.1; spec 3).
package enum KeySpec: String, Sendable, CaseIterable {
    case aes256 = "Aliyun_AES_256"
    case sm4 = "Aliyun_SM4"
    case rsa2048 = "RSA_2048"
    case rsa3072 = "RSA_3072"
    case ecP256 = "EC_P256"
    case ecP256K = "EC_P256K"
    case ecSM2 = "EC_SM2"

    /// Whether one secret both encrypts and decrypts; such keys have a primary version and can rotate by themselves.
    package var isSymmetric: Bool { self == .aes256 || self == .sm4 }

    /// What a key of this spec may be used for; each key has one of them.
    package var usages: [KeyUsage] {
        switch self {
        case .aes256, .sm4: [.encryptDecrypt]
        case .rsa2048, .rsa3072, .ecSM2: [.encryptDecrypt, .signVerify]
        case .ecP256, .ecP256K: [.signVerify]
        }
    }

    /// The usage of a key that is created without one: signing where the spec can.
    package var defaultUsage: KeyUsage { usages.contains(.signVerify) ? .signVerify : .encryptDecrypt }

    /// Whether keys of this spec live in an HSM only (manual 1 and 2.1).
    package var needsHSM: Bool { self == .sm4 || self == .ecSM2 }
}

/// What a key may be used for.
package enum KeyUsage: String, Sendable, CaseIterable {
    case encryptDecrypt = "ENCRYPT/DECRYPT"
    case signVerify = "SIGN/VERIFY"
}

/// Where a key's material comes from.
package enum KeyOrigin: String, Sendable, CaseIterable {
    case aliyunKMS = "Aliyun_KMS"
    case external = "EXTERNAL"
}

/// Who holds a key's material (manual 1, "Protection levels").
package enum ProtectionLevel: String, Sendable, CaseIterable {
    case software = "SOFTWARE"
    case hsm = "HSM"
}

/// Who made a key: the account's users, or a cloud service on the account's behalf.
package enum CreatorType: String, Sendable, CaseIterable {
    case user = "User"
    case service = "Service"
}
