internal import KMSCore
internal import KMSCrypto

/// What a token can do, by having done it once.
struct TokenAbilities: Sendable {
    /// The specs that it makes and uses keys of.
    var specs: Set<KeySpec> = []
    /// How material can be wrapped to be imported.
    var imports: Set<EncryptionAlgorithm> = []
    /// Paddings that it takes off itself; others are taken off outside, after the bare RSA operation.
    var paddings: Set<EncryptionAlgorithm> = []
    /// What it cannot do, for the operator.
    var remarks: [String] = []

    init(of keys: WrappedKeys) throws(PKCS11Error) {
        for spec in [KeySpec.aes256, .sm4, .ecP256, .ecP256K, .ecSM2, .rsa2048, .rsa3072] {
            // What no numbers are set for is not missed.
            guard let kind = TokenKeyKind(spec, keys.vendor) else { continue }
            do throws(PKCS11Error) {
                try demandMechanisms(spec, kind, keys.connection)
                try tryOut(spec, keys)
                specs.insert(spec)
            } catch {
                guard !error.isLoss else { throw error }
                remarks.append("Keys of spec \(spec.rawValue) are not offered. \(error)")
            }
        }
        guard specs.contains(.rsa2048), specs.contains(.aes256) else { return }
        let pair = try keys.makeImportPair(.rsa2048)
        for algorithm in [EncryptionAlgorithm.rsaesPKCS1, .rsaesOAEPSHA1, .rsaesOAEPSHA256] {
            if try takes(algorithm, pair, keys) {
                imports.insert(algorithm)
            } else {
                let name = algorithm.rawValue
                remarks.append("Material wrapped by \(name) cannot be imported: the module does not unwrap it.")
            }
        }
    }

    private func demandMechanisms(
        _ spec: KeySpec,
        _ kind: TokenKeyKind,
        _ connection: PKCS11Connection
    ) throws(PKCS11Error) {
        func demand(_ number: UInt, _ name: String, _ flags: UInt, longest: UInt = 0) throws(PKCS11Error) {
            let info = connection.module.mechanism(number, in: connection.slot)
            guard let info, info.flags & flags == flags, info.longestKey >= longest else {
                throw PKCS11Error("The module lacks \(name), or not for keys so long.")
            }
        }
        switch spec {
        case .aes256:
            try demand(kind.generator, "CKM_AES_KEY_GEN", Mechanism.generates)
            try demand(kind.cipher, "CKM_AES_GCM", Mechanism.encrypts | Mechanism.decrypts)
        case .sm4: try demand(kind.cipher, "the mechanism set for SM4-GCM", Mechanism.encrypts | Mechanism.decrypts)
        case .rsa2048, .rsa3072:
            try demand(
                kind.generator,
                "CKM_RSA_PKCS_KEY_PAIR_GEN",
                Mechanism.generatesPairs,
                longest: UInt(kind.modulusBits)
            )
            try demand(Mechanism.rsaPKCS1, "CKM_RSA_PKCS", Mechanism.signs)
            try demand(Mechanism.rsaPSS, "CKM_RSA_PKCS_PSS", Mechanism.signs)
        case .ecP256, .ecP256K:
            try demand(kind.generator, "CKM_EC_KEY_PAIR_GEN", Mechanism.generatesPairs)
            try demand(kind.signer, "CKM_ECDSA", Mechanism.signs)
        case .ecSM2: try demand(kind.signer, "the mechanism set for SM2 signatures", Mechanism.signs)
        }
    }

    private mutating func tryOut(_ spec: KeySpec, _ keys: WrappedKeys) throws(PKCS11Error) {
        // The smaller modulus has shown what there is to see, and pairs take long.
        if spec == .rsa3072, specs.contains(.rsa2048) { return }
        let made = try keys.make(spec)
        let key = try keys.open(made.blob, spec)
        guard let publicKey = made.publicKey else { return try tryCipher(key, spec, keys) }
        let digest = [UInt8](repeating: 0xA5, count: SignatureAlgorithm.digestByteCount)
        for algorithm in SignatureAlgorithm.allCases where algorithm.fits(spec) {
            let signature = try keys.sign(digest, with: algorithm, under: key, spec)
            guard publicKey.verify(signature, of: digest, with: algorithm) else {
                throw PKCS11Error("A signature by \(algorithm.rawValue) does not verify.")
            }
        }
        if spec.modulusBitCount != nil { try tryPaddings(key, spec, publicKey, keys) }
    }

    private func tryCipher(_ key: TokenKey, _ spec: KeySpec, _ keys: WrappedKeys) throws(PKCS11Error) {
        let (nonce, data, secret) = ([UInt8](1...12), [UInt8](1...3), [UInt8](1...20))
        let box = SecretBox(SecretBytes(copying: secret))
        let sealed = try keys.seal(box, under: key, spec, nonce: nonce, authenticating: data)
        let opened = try keys.open(sealed[...], under: key, spec, nonce: nonce, authenticating: data)
        guard let opened, Self.hold(opened, secret),
            try keys.open(sealed[...], under: key, spec, nonce: nonce, authenticating: [9]) == nil
        else { throw PKCS11Error("What the token encrypts, it does not decrypt alike.") }
    }

    /// Finds out who takes each padding off. One that neither does makes the spec useless.
    private mutating func tryPaddings(
        _ key: TokenKey,
        _ spec: KeySpec,
        _ publicKey: PublicKey,
        _ keys: WrappedKeys
    ) throws(PKCS11Error) {
        let secret = [UInt8](1...32)
        for algorithm in [EncryptionAlgorithm.rsaesOAEPSHA256, .rsaesOAEPSHA1, .rsaesPKCS1] {
            let ciphertext: [UInt8]
            do { ciphertext = try unsafe publicKey.encrypt(secret.span.bytes, with: algorithm) } catch {
                throw PKCS11Error(error.description)
            }
            func opens(_ paddings: Set<EncryptionAlgorithm>) throws(PKCS11Error) -> Bool {
                do throws(PKCS11Error) {
                    let found = try keys.decrypt(ciphertext, with: algorithm, under: key, spec, paddings: paddings)
                    return found.map { Self.hold($0, secret) } ?? false
                } catch {
                    guard !error.isLoss else { throw error }
                    return false
                }
            }
            if try opens([algorithm]) {
                paddings.insert(algorithm)
            } else if algorithm == .rsaesPKCS1 {
                // Only imports want it, and those find out for themselves.
                continue
            } else if try !opens([]) {
                throw PKCS11Error("The module decrypts neither by \(algorithm.rawValue) nor by CKM_RSA_X_509.")
            }
        }
    }

    private func takes(
        _ algorithm: EncryptionAlgorithm,
        _ pair: WrappedKeys.Made,
        _ keys: WrappedKeys
    ) throws(PKCS11Error) -> Bool {
        let material = [UInt8](1...32)
        do throws(PKCS11Error) {
            guard let publicKey = pair.publicKey,
                let wrapped = try? unsafe publicKey.encrypt(material.span.bytes, with: algorithm),
                let value = try? unsafe KeyCheckValue.make(of: material.span.bytes, .aes256, authenticating: [7])
            else { return false }
            let found = try keys.importMaterial(
                wrapped,
                algorithm,
                under: pair.blob,
                .rsa2048,
                into: .aes256,
                authenticating: [7]
            )
            return found.isWhole && found.checkValue == value
        } catch {
            guard !error.isLoss else { throw error }
            return false
        }
    }

    private static func hold(_ box: SecretBox, _ bytes: [UInt8]) -> Bool {
        box.withBytes { unsafe constantTimeEquals($0, bytes.span.bytes) }
    }
}
