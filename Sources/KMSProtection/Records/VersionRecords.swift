internal import KMSCore
internal import KMSCrypto

/// Seals the material of versions, of keys and of certificates, bound to everything that a version says of itself.
struct VersionRecords: Sendable {
    private let keys: RecordSealer
    private let certificates: RecordSealer

    init(under root: RootKeyRing) {
        keys = RecordSealer(.keyVersion, under: root)
        certificates = RecordSealer(.certificateKey, under: root)
    }

    /// - Parameter publicKey: of an asymmetric version, as DER; nil for symmetric ones.
    func seal(
        _ material: borrowing SecretBytes,
        as identity: VersionIdentity,
        _ publicKey: [UInt8]?
    ) throws(VaultError) -> [UInt8] {
        try sealer(of: identity).seal(material, binding: Self.fields(of: identity, publicKey))
    }

    /// The material that was sealed for exactly this version and public key.
    func open(_ version: KeyVersion, _ publicKey: [UInt8]?) throws(VaultError) -> SecretBytes {
        guard let sealed = version.sealedMaterial else {
            throw .unavailable("Key version \(version.id) has no material.")
        }
        do {
            return try sealer(of: version.identity).open(sealed, binding: Self.fields(of: version.identity, publicKey))
        } catch .refused {
            throw .unavailable("The sealed material of key version \(version.id) does not open.")
        }
    }

    private func sealer(of identity: VersionIdentity) -> RecordSealer {
        switch identity.owner {
        case .key: keys
        case .certificate: certificates
        }
    }

    private static func fields(of identity: VersionIdentity, _ publicKey: [UInt8]?) -> [[UInt8]] {
        let digest = publicKey.map { SHA256.digest($0) } ?? []
        return switch identity.owner {
        case .key: RecordFields.keyVersion(identity, publicKeyDigest: digest)
        case .certificate: RecordFields.certificateKey(identity, publicKeyDigest: digest)
        }
    }
}
