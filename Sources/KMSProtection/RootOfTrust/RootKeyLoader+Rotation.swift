internal import KMSCore
internal import KMSCrypto

/// What a loader does about rotations: it takes the generation before into the ring while one is under way, and brings
/// the pin along where the root that it remembers has named another.
extension RootKeyLoader {
    /// How often a table and a rotation are read anew that do not fit each other, since one began in between.
    private static let attempts = 8

    func withRotation(_ first: RootKey) async throws(RootKeyError) -> RootKeyRing {
        var root = first
        for _ in 0..<Self.attempts {
            let previous = try await previous(of: root)
            guard previous.isConsistent else {
                root = try await self.root()
                continue
            }
            do {
                return try RootKeyRing(root, previous: previous.root, acceptsPreviousTokens: previous.acceptsTokens)
            } catch { throw RootKeyError("The keys below the root could not be derived: \(error.description)") }
        }
        throw RootKeyError("The database tells of a rotation of the root key that does not fit its slot table.")
    }

    private struct Previous {
        var root: RootKey?
        var acceptsTokens = false
        /// Whether the rotation is the one that led to the root.
        var isConsistent = true
    }

    private func previous(of root: RootKey) async throws(RootKeyError) -> Previous {
        guard let rotations,
            let rotation = try await reading({ () async throws(StoreError) in try await rotations.rootRotation() })
        else { return Previous() }
        guard rotation.generation + 1 == root.generation,
            let table = try await reading({ () async throws(StoreError) in try await store.slotTable(.server) }),
            table.generation == root.generation
        else { return Previous(isConsistent: false) }
        let fields = RecordFields.previousRoot(databaseID: table.databaseID, generation: rotation.generation)
        do {
            let records = RecordSealer(.previousRoot, under: try RootKeyRing(root))
            let secret = try records.open(rotation.sealedRoot, binding: fields)
            guard secret.byteCount == RootKey.byteCount else { throw VaultError.refused }
            let before = RootKey(generation: rotation.generation, secret: secret)
            return Previous(root: before, acceptsTokens: rotation.tokensUntil != nil)
        } catch {
            throw RootKeyError(
                "The root key of generation \(rotation.generation), which part of the database is still sealed under, "
                    + "does not open. Restore the row of root_rotation from a backup."
            )
        }
    }

    /// Whether the generation that the pin remembers has named the next, and so on to the one that was found.
    func isSucceeded(_ pin: RootKeyPin, by found: RootKeyPin) async throws(RootKeyError) -> Bool {
        guard let rotations, pin.databaseID == found.databaseID, pin.generation < found.generation else { return false }
        let records = try await reading { () async throws(StoreError) in
            try await rotations.rootSuccessions(since: pin.generation)
        }
        return RootSuccession.lead(from: pin, to: found, records)
    }
}
