internal import KMSCore
internal import KMSCrypto

/// How keys of one spec are made and used in a token.
struct TokenKeyKind {
    let keyType: UInt
    let uses: PKCS11Session.Uses
    let generator: UInt
    /// The cipher of a symmetric spec, which takes the parameters of GCM.
    var cipher: UInt = 0
    /// The mechanism by which a curve signs.
    var signer: UInt = 0
    /// The length that the generator of a secret key is told; 0 for none.
    var byteCount = 0
    var modulusBits = 0
    var curve: [UInt8] = []

    /// Nil for specs that the token is not told how to make.
    init?(_ spec: KeySpec, _ vendor: VendorMechanisms) {
        switch spec {
        case .aes256:
            self.init(keyType: KeyType.aes, uses: [.encrypt, .decrypt], generator: Mechanism.aesKey)
            cipher = Mechanism.aesGCM
            byteCount = 32
        case .sm4:
            guard let sm4 = vendor.sm4 else { return nil }
            self.init(keyType: sm4.keyType, uses: [.encrypt, .decrypt], generator: sm4.keyGenerator)
            cipher = sm4.cipher
        case .rsa2048, .rsa3072:
            self.init(keyType: KeyType.rsa, uses: [.sign, .decrypt], generator: Mechanism.rsaKeyPair)
            modulusBits = spec.modulusBitCount ?? 0
        case .ecP256, .ecP256K:
            self.init(keyType: KeyType.ec, uses: [.sign], generator: Mechanism.ecKeyPair)
            signer = Mechanism.ecdsa
            curve = spec.curveParameters ?? []
        case .ecSM2:
            guard let sm2 = vendor.sm2 else { return nil }
            self.init(keyType: sm2.keyType, uses: [.sign], generator: sm2.keyGenerator)
            signer = sm2.signer
            curve = spec.curveParameters ?? []
        }
    }

    private init(keyType: UInt, uses: PKCS11Session.Uses, generator: UInt) {
        self.keyType = keyType
        self.uses = uses
        self.generator = generator
    }

    func template(isExtractable: Bool) -> PKCS11Session.Template {
        PKCS11Session.Template(keyType, uses, isExtractable: isExtractable)
    }
}

/// What the standard has no numbers for: each vendor has its own, from CKM_VENDOR_DEFINED (0x80000000) upwards.
package struct VendorMechanisms: Sendable, Equatable {
    package var sm4: SM4?
    package var sm2: SM2?

    package init() {}

    package struct SM4: Sendable, Equatable {
        /// CKK of an SM4 key.
        package let keyType: UInt
        /// CKM that draws a key and is told no length.
        package let keyGenerator: UInt
        /// CKM of SM4-GCM, with the parameters of AES-GCM.
        package let cipher: UInt

        package init(keyType: UInt, keyGenerator: UInt, cipher: UInt) {
            self.keyType = keyType
            self.keyGenerator = keyGenerator
            self.cipher = cipher
        }
    }

    package struct SM2: Sendable, Equatable {
        package let keyType: UInt
        /// CKM that draws a pair, told the curve by CKA_EC_PARAMS.
        package let keyGenerator: UInt
        /// CKM that signs e, 32 bytes, and gives r and s, 32 bytes each.
        package let signer: UInt

        package init(keyType: UInt, keyGenerator: UInt, signer: UInt) {
            self.keyType = keyType
            self.keyGenerator = keyGenerator
            self.signer = signer
        }
    }
}
