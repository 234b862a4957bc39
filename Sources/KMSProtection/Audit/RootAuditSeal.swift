package import KMSCore
package import KMSCrypto

/// Seals the audit trail under the root key (`Documentation/Audit.md`): lanes get keys that are derived from it, and
/// checkpoints are signed with a pair whose private half is sealed under it.
package struct RootAuditSeal: AuditSeal {
    private let keys: AuditLaneKeys
    private let signingKey: PrivateKey
    package let generation: UInt32

    package var publicKey: [UInt8] { signingKey.publicKey.der }

    /// The seal with the pair that the store has, or with a new one where it has none.
    package static func open(
        _ ring: RootKeyRing,
        keptIn store: some AuditHeadStore,
        at now: Timestamp
    ) async throws(AuditError) -> RootAuditSeal {
        do {
            let records = RecordSealer(.auditKey, under: ring)
            let root = ring.current
            if let record = try await store.auditKey() {
                return try RootAuditSeal(root, try key(record, records))
            }
            let key = try PrivateKey.generate(.ecP256)
            let digest = SHA256.digest(key.publicKey.der)
            let record = AuditKeyRecord(
                publicKey: key.publicKey.der,
                sealedPrivateKey: try records.seal(
                    try key.numbers(),
                    binding: RecordFields.auditKey(publicKeyDigest: digest)
                ),
                createdAt: now
            )
            try await store.createAuditKey(record)
            return try RootAuditSeal(root, key)
        } catch { throw AuditError("The key that signs the audit trail cannot be had: \(error)") }
    }

    init(_ root: RootKey, _ signingKey: PrivateKey) throws(CryptoError) {
        keys = try AuditLaneKeys(root: root)
        self.signingKey = signingKey
        generation = root.generation
    }

    private static func key(_ record: AuditKeyRecord, _ records: RecordSealer) throws -> PrivateKey {
        let publicKey = try PublicKey(.ecP256, der: record.publicKey)
        let fields = RecordFields.auditKey(publicKeyDigest: SHA256.digest(record.publicKey))
        let numbers = try records.open(record.sealedPrivateKey, binding: fields)
        return try PrivateKey(.ecP256, numbers: numbers, publicKey: publicKey)
    }

    package func digest(_ bytes: [UInt8]) -> [UInt8] { SHA256.digest(bytes) }

    package func laneKey(_ place: AuditPlace) throws(AuditError) -> any AuditLaneKey { try keys.first(place) }

    package func sign(_ digest: [UInt8]) throws(AuditError) -> [UInt8] {
        do { return try signingKey.sign(digest, with: .ecdsaSHA256) } catch { throw AuditError(error.description) }
    }
}

/// The first keys of lanes, from the root key.
package struct AuditLaneKeys: Sendable {
    private let secrets: [UInt32: SecretBox]
    private let generation: UInt32

    /// - Parameter earlier: what was derived from earlier generations of the root, by their numbers.
    package init(root: RootKey, earlier: [UInt32: SecretBox] = [:]) throws(CryptoError) {
        var secrets = earlier
        secrets[root.generation] = try root.auditKey()
        self.secrets = secrets
        generation = root.generation
    }

    /// - Parameter generation: of the root key that the lane began under; the current one without it.
    package func first(_ place: AuditPlace, generation: UInt32? = nil) throws(AuditError) -> any AuditLaneKey {
        guard let secret = secrets[generation ?? self.generation] else {
            throw AuditError("The lane began under generation \(generation ?? 0) of the root key, which is not here.")
        }
        do {
            let key = try secret.withBytes { secret throws(CryptoError) in
                try HKDF.derive(from: secret, info: Array("keyhold audit lane v1".utf8) + place.bytes, byteCount: 32)
            }
            return RatchetedKey(SecretBox(key))
        } catch { throw AuditError(error.description) }
    }
}

/// A lane's key between two checkpoints. Whoever takes the next one and lets go of this one has wiped it.
final class RatchetedKey: AuditLaneKey {
    private let key: SecretBox
    private let mac: KeyedMAC

    init(_ key: SecretBox) {
        self.key = key
        mac = KeyedMAC(.sha256, key: key)
    }

    func code(_ message: [UInt8]) -> [UInt8] { mac.code(message) }

    func next() throws(AuditError) -> any AuditLaneKey {
        do {
            let next = try key.withBytes { key throws(CryptoError) in
                try HKDF.derive(from: key, info: Array("keyhold audit ratchet v1".utf8), byteCount: 32)
            }
            return RatchetedKey(SecretBox(next))
        } catch { throw AuditError(error.description) }
    }
}
