/// Everything that a version's sealed material is bound to.
package struct VersionIdentity: Sendable, Equatable {
    package let id: KeyVersionID
    package let key: KeyID
    package let namespace: Namespace
    package let spec: KeySpec
    package let usage: KeyUsage
    package let origin: KeyOrigin
    package let level: ProtectionLevel
    /// How ciphertexts of this version are made.
    package let algorithm: CiphertextAlgorithm

    package init(
        id: KeyVersionID,
        key: KeyID,
        namespace: Namespace,
        spec: KeySpec,
        usage: KeyUsage,
        origin: KeyOrigin,
        level: ProtectionLevel,
        algorithm: CiphertextAlgorithm
    ) {
        self.id = id
        self.key = key
        self.namespace = namespace
        self.spec = spec
        self.usage = usage
        self.origin = origin
        self.level = level
        self.algorithm = algorithm
    }
}

/// One version of a key with its material, sealed (`Documentation/SealedRecords.md`).
package struct KeyVersion: Sendable, Equatable {
    package let identity: VersionIdentity
    package let createdAt: Timestamp
    /// A sealed record; only the vault of its protection level can open it.
    package let sealedMaterial: [UInt8]

    package init(identity: VersionIdentity, createdAt: Timestamp, sealedMaterial: [UInt8]) {
        self.identity = identity
        self.createdAt = createdAt
        self.sealedMaterial = sealedMaterial
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
