package import KMSCore
internal import KMSCrypto

extension PKCS11Vault {
    package func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8] {
        // The seal around the private half binds the public one: that it opens is what there is to ask.
        _ = try knownKey(of: version)
        guard let publicKey = version.publicKey else {
            throw .unavailable("Key version \(version.id) has no key pair.")
        }
        return publicKey
    }

    package func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] {
        let spec = version.identity.spec
        guard algorithm.fits(spec), digest.count == SignatureAlgorithm.digestByteCount else { throw .refused }
        let known = try knownKey(of: version)
        return try await work { (keys) throws(PKCS11Error) in
            let key = try self.key(known, of: version, keys)
            return try keys.sign(digest, with: algorithm, under: key, spec)
        }
    }

    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox {
        let spec = version.identity.spec
        guard let byteCounts = algorithm.ciphertextByteCounts(for: spec), byteCounts.contains(ciphertext.count),
            spec.modulusBitCount != nil
        else { throw .refused }
        let known = try knownKey(of: version)
        let paddings = abilities?.paddings ?? []
        let plaintext = try await work { (keys) throws(PKCS11Error) in
            let key = try self.key(known, of: version, keys)
            return try keys.decrypt(ciphertext, with: algorithm, under: key, spec, paddings: paddings)
        }
        guard let plaintext else { throw .refused }
        return plaintext
    }
}
