package import KMSCore
internal import KMSCrypto

/// The keys that are needed for longer than the generation of the root that they come from: those of the audit trail's
/// lanes, and the one that marks of used nonces are made with.
package struct LastingKeys: Sendable {
    /// The first keys of lanes, of every generation there was.
    package let auditLanes: AuditLaneKeys
    /// Does not change when the root does: a nonce that was used before a rotation is known after it.
    package let replayMarkKey: SecretBox

    /// - Parameter store: where the keys of earlier generations are kept.
    package static func open(
        _ ring: RootKeyRing,
        keptIn store: some RootRotationStore
    ) async throws(RootKeyError) -> LastingKeys {
        let kept: [LastingKey]
        do { kept = try await store.lastingKeys() } catch { throw RootKeyLoader.failure(error) }
        let sealer = LastingKeySealer(ring)
        var auditKeys: [UInt32: SecretBox] = [:]
        var markKey: SecretBox?
        for key in kept {
            let opened: SecretBox
            do { opened = try sealer.open(key) } catch {
                throw RootKeyError(
                    "The key \(key.use.rawValue) of generation \(key.generation) does not open: \(error)"
                )
            }
            switch key.use {
            case .auditTrail: auditKeys[key.generation] = opened
            case .replayMarks: markKey = opened
            }
        }
        do {
            let root = ring.current
            return LastingKeys(
                auditLanes: try AuditLaneKeys(root: root, earlier: auditKeys),
                replayMarkKey: try markKey ?? root.replayMarkKey()
            )
        } catch { throw RootKeyError("The keys below the root could not be derived: \(error)") }
    }
}

/// Seals lasting keys and opens them.
struct LastingKeySealer: Sendable {
    private let records: RecordSealer

    init(_ ring: RootKeyRing) { records = RecordSealer(.lastingKey, under: ring) }

    func seal(_ key: SecretBox, _ use: LastingKey.Use, from generation: UInt32) throws(VaultError) -> LastingKey {
        let fields = RecordFields.lastingKey(use, generation: generation)
        let sealed = try key.withBytes { bytes throws(VaultError) in
            try records.seal(SecretBytes(copying: bytes), binding: fields)
        }
        return LastingKey(use: use, generation: generation, sealedKey: sealed)
    }

    func open(_ key: LastingKey) throws(VaultError) -> SecretBox {
        SecretBox(
            try records.open(key.sealedKey, binding: RecordFields.lastingKey(key.use, generation: key.generation))
        )
    }
}
