internal import KMSCore
internal import KMSCrypto

/// What keys do in the token. Where an input does not fit a key, the answer is nil, and nothing says why.
extension WrappedKeys {
    /// Ciphertext and tag.
    func seal(
        _ plaintext: SecretBox,
        under key: TokenKey,
        _ spec: KeySpec,
        nonce: [UInt8],
        authenticating data: [UInt8]
    ) throws(PKCS11Error) -> [UInt8] {
        let kind = try kind(of: spec)
        let sealed = try connection.withSession { (session) throws(PKCS11Error) in
            try plaintext.withBytes { (plaintext) throws(PKCS11Error) in
                try session.seal(plaintext, kind.cipher, under: key.handle, nonce: nonce, authenticating: data)
            }
        }
        guard sealed.count == plaintext.byteCount + CiphertextBlob.tagByteCount else {
            throw PKCS11Error("The module gave a ciphertext of a wrong length.")
        }
        return sealed
    }

    func open(
        _ sealed: ArraySlice<UInt8>,
        under key: TokenKey,
        _ spec: KeySpec,
        nonce: [UInt8],
        authenticating data: [UInt8]
    ) throws(PKCS11Error) -> SecretBox? {
        let kind = try kind(of: spec)
        return try connection.withSession { (session) throws(PKCS11Error) in
            let error: PKCS11Error
            do throws(PKCS11Error) {
                let plaintext = try session.open(
                    sealed,
                    kind.cipher,
                    under: key.handle,
                    nonce: nonce,
                    authenticating: data
                )
                guard plaintext.byteCount == sealed.count - CiphertextBlob.tagByteCount else { return nil }
                return SecretBox(plaintext)
            } catch let failure { error = failure }
            if error.blamesInput { return nil }
            guard error.isVague else { throw error }
            // Modules give such errors for a wrong tag as well. A key that still works was not at fault.
            _ = try WrappingKey.checkValue(of: key.handle, kind.cipher, session, authenticating: [])
            return nil
        }
    }

    /// RSA signatures are as long as the modulus; those of curves are DER.
    func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under key: TokenKey,
        _ spec: KeySpec
    ) throws(PKCS11Error) -> [UInt8] {
        let kind = try kind(of: spec)
        let signature = try connection.withSession { (session) throws(PKCS11Error) in
            switch algorithm {
            case .rsaPKCS1SHA256:
                try session.sign(
                    TokenNumbers.digestInfo(ofSHA256: digest),
                    Mechanism.rsaPKCS1,
                    under: key.handle
                )
            case .rsaPSSSHA256: try session.sign(digest, Mechanism.rsaPSS, .pssSHA256, under: key.handle)
            case .ecdsaSHA256, .sm2DSA: try session.sign(digest, kind.signer, under: key.handle)
            }
        }
        guard kind.modulusBits == 0 else {
            guard signature.count * 8 == kind.modulusBits else {
                throw PKCS11Error("The module gave a signature of a wrong length.")
            }
            return signature
        }
        do { return try TokenNumbers.signature(signature, of: spec) } catch {
            throw PKCS11Error("The module gave a signature of a wrong form.")
        }
    }

    /// - Parameter paddings: those that the token takes off itself.
    func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under key: TokenKey,
        _ spec: KeySpec,
        paddings: Set<EncryptionAlgorithm>
    ) throws(PKCS11Error) -> SecretBox? {
        guard let longest = algorithm.longestPlaintext(for: spec) else { return nil }
        let (mechanism, parameters) = Self.decryption(algorithm)
        let isInside = paddings.contains(algorithm)
        return try connection.withSession { (session) throws(PKCS11Error) in
            let error: PKCS11Error
            do throws(PKCS11Error) {
                let block = try session.decrypt(
                    ciphertext,
                    isInside ? mechanism : Mechanism.rsaX509,
                    isInside ? parameters : .none,
                    under: key.handle
                )
                if !isInside { return Self.unpad(block, algorithm, spec) }
                return block.byteCount <= longest ? SecretBox(block) : nil
            } catch let failure { error = failure }
            if error.blamesInput { return nil }
            guard error.isVague else { throw error }
            _ = try session.attribute(Attribute.keyType, of: key.handle)
            return nil
        }
    }

    private static func unpad(
        _ block: borrowing SecretBytes,
        _ algorithm: EncryptionAlgorithm,
        _ spec: KeySpec
    ) -> SecretBox? {
        do { return SecretBox(try TokenNumbers.unpad(block, algorithm, of: spec)) } catch { return nil }
    }

    static func decryption(_ algorithm: EncryptionAlgorithm) -> (UInt, PKCS11Session.Parameters) {
        switch algorithm {
        case .rsaesOAEPSHA1: (Mechanism.rsaOAEP, .oaepSHA1)
        case .rsaesOAEPSHA256: (Mechanism.rsaOAEP, .oaepSHA256)
        // SM2 encryption has no parameters that vendors agree on, and is not offered.
        case .rsaesPKCS1, .sm2PKE: (Mechanism.rsaPKCS1, .none)
        }
    }
}
