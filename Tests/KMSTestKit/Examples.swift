package import KMSCore

extension Namespace {
    /// A namespace of digits and a region's name; the test is wrong where they are none.
    package static func example(_ account: String = "1000000000000001", _ region: String = "cn-hangzhou") -> Namespace {
        guard let account = AccountID(account), let region = RegionID(region) else {
            preconditionFailure("not a namespace: \(account) \(region)")
        }
        return Namespace(account: account, region: region)
    }
}

extension AliasName {
    /// `alias/` and `rest`; the test is wrong where that is no alias.
    package static func example(_ rest: String) -> AliasName {
        guard let name = AliasName(prefix + rest) else { preconditionFailure("not an alias: \(rest)") }
        return name
    }
}

extension Key {
    /// An enabled software AES key of the account's users.
    package static func example(
        _ id: UUIDBytes,
        in namespace: Namespace = .example(),
        spec: KeySpec = .aes256,
        usage: KeyUsage = .encryptDecrypt,
        origin: KeyOrigin = .aliyunKMS,
        level: ProtectionLevel = .software,
        backend: String = "software",
        creatorType: CreatorType = .user,
        at created: Timestamp = Timestamp(seconds: 1_767_225_600),
        primaryVersion: KeyVersionID? = nil
    ) -> Key {
        Key(
            id: KeyID(id),
            namespace: namespace,
            spec: spec,
            usage: usage,
            origin: origin,
            level: level,
            backend: backend,
            creator: namespace.account.description,
            creatorType: creatorType,
            createdAt: created,
            description: "",
            primaryVersion: primaryVersion,
            lastRotation: created
        )
    }

    /// A pair to import material into this key with; its private half is as if it were sealed.
    package func exampleImportPair(
        _ id: UUIDBytes,
        algorithm: EncryptionAlgorithm = .rsaesOAEPSHA256,
        spec: WrappingKeySpec = .rsa2048,
        expiresAt: Timestamp? = nil,
        sealedPrivateKey: [UInt8] = [4, 5, 6]
    ) -> ImportPair {
        ImportPair(
            identity: ImportPairIdentity(
                id: ImportTokenID(id),
                key: self.id,
                namespace: namespace,
                level: level,
                backend: backend,
                spec: spec,
                algorithm: algorithm,
                expiresAt: expiresAt ?? createdAt.adding(seconds: Limits.importTokenLifetime)
            ),
            publicKey: [1, 2, 3],
            sealedPrivateKey: sealedPrivateKey
        )
    }

    /// A version of this key, holding `material` as if it were sealed.
    package func exampleVersion(
        _ id: UUIDBytes,
        material: [UInt8] = [1, 2, 3],
        at created: Timestamp? = nil
    ) -> KeyVersion {
        KeyVersion(
            identity: VersionIdentity(id: KeyVersionID(id), of: self, algorithm: spec.isSymmetric ? .xaes256GCM : nil),
            createdAt: created ?? createdAt,
            sealedMaterial: material
        )
    }
}
