internal import KMSCore
internal import KMSCrypto

/// Takes material from outside into this process, for keys that are sealed under the root.
struct MaterialImport: Sendable {
    private let materials: RecordSealer
    private let checks: RecordSealer
    private let privateKeys: RecordSealer

    /// Before the version's id in what a check value authenticates.
    static let checkLabel = "keyhold imported material v1"

    init(root: RootKeyRing) {
        materials = RecordSealer(.keyVersion, under: root)
        checks = RecordSealer(.materialCheck, under: root)
        privateKeys = RecordSealer(.importPair, under: root)
    }

    /// A pair as it goes to the database: its private half sealed, bound to `identity` and its public half.
    func seal(_ pair: PrivateKey, as identity: ImportPairIdentity) throws(VaultError) -> ImportPair {
        let numbers: SecretBytes
        do { numbers = try pair.numbers() } catch { throw .unavailable(error.description) }
        let publicKey = pair.publicKey.der
        let fields = RecordFields.importPair(identity, publicKeyDigest: SHA256.digest(publicKey))
        return ImportPair(
            identity: identity,
            publicKey: publicKey,
            sealedPrivateKey: try privateKeys.seal(numbers, binding: fields)
        )
    }

    /// The version with the material that was wrapped to the pair.
    ///
    /// What does not unwrap is replaced by random bytes and goes the same way to the end, so that the time of a
    /// refusal does not tell how far an attempt came.
    func fill(
        _ version: KeyVersion,
        with wrapped: [UInt8],
        under pair: ImportPair
    ) throws(VaultError) -> KeyVersion {
        let identity = version.identity
        guard let byteCount = identity.algorithm?.keyByteCount else {
            throw .unavailable("Material is not imported into keys of spec \(identity.spec.rawValue).")
        }
        let privateKey = try privateKey(of: pair)
        let check: SecretBytes? =
            if let sealed = version.sealedCheck {
                try open(sealed, of: identity)
            } else { nil }
        let unwrapped = try Self.unwrap(wrapped, pair.identity.algorithm, privateKey, byteCount)
        let value = try Self.checkValue(of: unwrapped.material, identity)
        let sealedMaterial = try materials.seal(unwrapped.material, binding: Self.fields(of: identity))
        let sealedCheck = try checks.seal(value, binding: Self.fields(of: identity))
        let isIdentical = check?.equals(value) ?? true
        guard unwrapped.isWhole, isIdentical else { throw .refused }
        return KeyVersion(
            identity: identity,
            createdAt: version.createdAt,
            sealedMaterial: version.sealedMaterial ?? sealedMaterial,
            sealedCheck: version.sealedCheck ?? sealedCheck
        )
    }

    /// Material of the right length: what was unwrapped, or random bytes in its place.
    private struct Unwrapped: ~Copyable {
        let material: SecretBytes
        let isWhole: Bool
    }

    private static func unwrap(
        _ wrapped: [UInt8],
        _ algorithm: EncryptionAlgorithm,
        _ privateKey: PrivateKey,
        _ byteCount: Int
    ) throws(VaultError) -> Unwrapped {
        let decoy: SecretBytes
        do { decoy = try RandomBytes.secret(byteCount: byteCount) } catch { throw .unavailable(error.description) }
        do {
            let material = try privateKey.decrypt(wrapped, with: algorithm)
            if material.byteCount == byteCount { return Unwrapped(material: material, isWhole: true) }
        } catch {}
        return Unwrapped(material: decoy, isWhole: false)
    }

    private func privateKey(of pair: ImportPair) throws(VaultError) -> PrivateKey {
        let spec = pair.identity.spec.keySpec
        do {
            let publicKey = try PublicKey(spec, der: pair.publicKey)
            let fields = RecordFields.importPair(pair.identity, publicKeyDigest: SHA256.digest(pair.publicKey))
            let numbers = try privateKeys.open(pair.sealedPrivateKey, binding: fields)
            return try PrivateKey(spec, numbers: numbers, publicKey: publicKey)
        } catch { throw .unavailable("The private key of import token \(pair.id) does not open.") }
    }

    private func open(_ check: [UInt8], of identity: VersionIdentity) throws(VaultError) -> SecretBytes {
        do { return try checks.open(check, binding: Self.fields(of: identity)) } catch .refused {
            throw .unavailable("The check value of key version \(identity.id) does not open.")
        }
    }

    private static func checkValue(
        of material: borrowing SecretBytes,
        _ identity: VersionIdentity
    ) throws(VaultError) -> SecretBytes {
        var data = Array(checkLabel.utf8)
        identity.id.uuid.append(to: &data)
        do {
            let value = try material.withBytes { material throws(CryptoError) in
                try KeyCheckValue.make(of: material, identity.spec, authenticating: data)
            }
            return SecretBytes(copying: value)
        } catch { throw .unavailable(error.description) }
    }

    private static func fields(of identity: VersionIdentity) -> [[UInt8]] {
        RecordFields.keyVersion(identity, publicKeyDigest: [])
    }
}
