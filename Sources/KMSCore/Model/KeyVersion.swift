/// Everything that a version's sealed material is bound to.
package struct VersionIdentity: Sendable, Equatable {
    package let id: KeyVersionID
    package let key: KeyID
    package let namespace: Namespace
    package let spec: KeySpec
    package let usage: KeyUsage
    package let origin: KeyOrigin
    package let level: ProtectionLevel
    /// Names the holder of the material, as ``KeyHolder/backend``.
    package let backend: String
    /// How ciphertexts of this version are made; nil for asymmetric keys, whose ciphertexts name no version.
    package let algorithm: CiphertextAlgorithm?
    /// What the material belongs to: the one's never passes for the other's.
    package let owner: MaterialOwner

    package init(
        id: KeyVersionID,
        key: KeyID,
        namespace: Namespace,
        spec: KeySpec,
        usage: KeyUsage,
        origin: KeyOrigin,
        level: ProtectionLevel,
        backend: String,
        algorithm: CiphertextAlgorithm?,
        owner: MaterialOwner = .key
    ) {
        self.id = id
        self.key = key
        self.namespace = namespace
        self.spec = spec
        self.usage = usage
        self.origin = origin
        self.level = level
        self.backend = backend
        self.algorithm = algorithm
        self.owner = owner
    }

    /// A version of `key`, held where the key's other versions are.
    package init(id: KeyVersionID, of key: Key, algorithm: CiphertextAlgorithm?) {
        self.init(
            id: id,
            key: key.id,
            namespace: key.namespace,
            spec: key.spec,
            usage: key.usage,
            origin: key.origin,
            level: key.level,
            backend: key.backend,
            algorithm: algorithm
        )
    }
}

/// What sealed material belongs to.
package enum MaterialOwner: Sendable, Equatable {
    case key
    /// The key pair of a certificate, whose id stands for those of key and version.
    case certificate
}

/// One version of a key with its material, sealed (`Documentation/SealedRecords.md`).
package struct KeyVersion: Sendable, Equatable {
    package let identity: VersionIdentity
    package let createdAt: Timestamp
    /// The public half as a DER SubjectPublicKeyInfo (RFC 5280); nil for symmetric keys.
    package let publicKey: [UInt8]?
    /// A sealed record that only the vault of ``VersionIdentity/backend`` can open; nil where imported material was
    /// deleted or has expired.
    package let sealedMaterial: [UInt8]?
    /// For imported material: a sealed record by which the vault knows the identical material again, and which
    /// outlives the material; nil for material that was made here.
    package let sealedCheck: [UInt8]?

    package init(
        identity: VersionIdentity,
        createdAt: Timestamp,
        publicKey: [UInt8]? = nil,
        sealedMaterial: [UInt8]?,
        sealedCheck: [UInt8]? = nil
    ) {
        self.identity = identity
        self.createdAt = createdAt
        self.publicKey = publicKey
        self.sealedMaterial = sealedMaterial
        self.sealedCheck = sealedCheck
    }

    package var id: KeyVersionID { identity.id }
}

/// What listings tell of a version.
package struct KeyVersionSummary: Sendable, Equatable {
    package let key: KeyID
    package let id: KeyVersionID
    package let createdAt: Timestamp

    package init(key: KeyID, id: KeyVersionID, createdAt: Timestamp) {
        self.key = key
        self.id = id
        self.createdAt = createdAt
    }
}
