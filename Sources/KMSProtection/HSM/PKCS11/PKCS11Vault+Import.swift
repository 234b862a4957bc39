package import KMSCore
internal import KMSCrypto

extension PKCS11Vault {
    package func takes(_ algorithm: EncryptionAlgorithm, in backend: String) -> Bool {
        // Before the token has shown what it can do, whoever asks for a pair is told that it is not there.
        backend == self.backend && abilities?.imports.contains(algorithm) ?? true
    }

    package func makeImportPair(_ identity: ImportPairIdentity) async throws(VaultError) -> ImportPair {
        try check(identity.level, identity.backend)
        guard let abilities else { throw .unavailable("The token of \(backend) has not been there yet.") }
        guard abilities.imports.contains(identity.algorithm) else {
            throw .unavailable("\(backend) does not unwrap material by \(identity.algorithm.rawValue).")
        }
        let made = try await work { (keys) throws(PKCS11Error) in try keys.makeImportPair(identity.spec.keySpec) }
        let publicKey = made.publicKey?.der ?? []
        let fields = RecordFields.importPair(identity, publicKeyDigest: SHA256.digest(publicKey))
        return ImportPair(
            identity: identity,
            publicKey: publicKey,
            sealedPrivateKey: try pairRecords.seal(SecretBytes(copying: made.blob.bytes), binding: fields)
        )
    }

    package func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(VaultError) -> KeyVersion {
        try check(importPair.identity.level, importPair.identity.backend)
        let identity = version.identity
        try check(identity)
        guard identity.spec.isSymmetric else {
            throw .unavailable("Material is not imported into keys of spec \(identity.spec.rawValue).")
        }
        let pair = try privateKey(of: importPair)
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: [])
        let check: SecretBytes? =
            if let sealed = version.sealedCheck {
                try open(sealed, fields, identity)
            } else { nil }
        var data = Array(MaterialImport.checkLabel.utf8)
        identity.id.uuid.append(to: &data)
        let unwrapped = try await work { [data] (keys) throws(PKCS11Error) in
            try keys.importMaterial(
                wrapped,
                importPair.identity.algorithm,
                under: pair,
                importPair.identity.spec.keySpec,
                into: identity.spec,
                authenticating: data
            )
        }
        let value = SecretBytes(copying: unwrapped.checkValue)
        let sealedMaterial = try versionRecords.seal(SecretBytes(copying: unwrapped.blob.bytes), as: identity, nil)
        let sealedCheck = try checkRecords.seal(value, binding: fields)
        let isIdentical = check?.equals(value) ?? true
        guard unwrapped.isWhole, isIdentical else { throw .refused }
        return KeyVersion(
            identity: identity,
            createdAt: version.createdAt,
            sealedMaterial: version.sealedMaterial ?? sealedMaterial,
            sealedCheck: version.sealedCheck ?? sealedCheck
        )
    }

    private func privateKey(of pair: ImportPair) throws(VaultError) -> TokenBlob {
        let fields = RecordFields.importPair(pair.identity, publicKeyDigest: SHA256.digest(pair.publicKey))
        do {
            let bytes = try pairRecords.open(pair.sealedPrivateKey, binding: fields)
            guard let blob = TokenBlob(parsing: Self.array(bytes)) else { throw VaultError.refused }
            return blob
        } catch { throw .unavailable("The private key of import token \(pair.id) does not open.") }
    }

    private func open(
        _ check: [UInt8],
        _ fields: [[UInt8]],
        _ identity: VersionIdentity
    ) throws(VaultError) -> SecretBytes {
        do { return try checkRecords.open(check, binding: fields) } catch .refused {
            throw .unavailable("The check value of key version \(identity.id) does not open.")
        }
    }
}
