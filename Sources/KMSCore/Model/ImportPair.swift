/// The id of an import token, and of the pair that it stands for.
package struct ImportTokenID: Hashable, Sendable, CustomStringConvertible {
    package let uuid: UUIDBytes

    package init(_ uuid: UUIDBytes) { self.uuid = uuid }

    package var description: String { uuid.description }
}

/// Which kind of pair wraps imported key material, as `WrappingKeySpec` names it (spec 3).
package enum WrappingKeySpec: String, Sendable, CaseIterable {
    case rsa2048 = "RSA_2048"
    case ecSM2 = "EC_SM2"

    package var keySpec: KeySpec { self == .rsa2048 ? .rsa2048 : .ecSM2 }
}

/// Everything that the sealed private half of an import pair is bound to.
package struct ImportPairIdentity: Sendable, Equatable {
    package let id: ImportTokenID
    /// The key that material may be imported into.
    package let key: KeyID
    package let namespace: Namespace
    package let level: ProtectionLevel
    /// Names the holder of the pair: the one that will hold the material.
    package let backend: String
    package let spec: WrappingKeySpec
    /// How material is wrapped to this pair, and no other way.
    package let algorithm: EncryptionAlgorithm
    /// From this moment on nothing can be imported with it.
    package let expiresAt: Timestamp

    package init(
        id: ImportTokenID,
        key: KeyID,
        namespace: Namespace,
        level: ProtectionLevel,
        backend: String,
        spec: WrappingKeySpec,
        algorithm: EncryptionAlgorithm,
        expiresAt: Timestamp
    ) {
        self.id = id
        self.key = key
        self.namespace = namespace
        self.level = level
        self.backend = backend
        self.spec = spec
        self.algorithm = algorithm
        self.expiresAt = expiresAt
    }
}

/// A pair made for one import token: callers wrap material to its public half.
package struct ImportPair: Sendable, Equatable {
    package let identity: ImportPairIdentity
    /// DER SubjectPublicKeyInfo (RFC 5280).
    package let publicKey: [UInt8]
    /// A sealed record that only the vault of ``ImportPairIdentity/backend`` can open.
    package let sealedPrivateKey: [UInt8]
    /// Attempts to import that may still fail.
    package let triesLeft: Int

    package init(
        identity: ImportPairIdentity,
        publicKey: [UInt8],
        sealedPrivateKey: [UInt8],
        triesLeft: Int = Limits.importTries
    ) {
        self.identity = identity
        self.publicKey = publicKey
        self.sealedPrivateKey = sealedPrivateKey
        self.triesLeft = triesLeft
    }

    package var id: ImportTokenID { identity.id }
}
