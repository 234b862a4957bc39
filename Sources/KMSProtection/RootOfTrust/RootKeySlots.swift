package import KMSCore
internal import KMSCrypto

/// The slots of a root key that is in use: shown, added and removed without opening any of them.
package struct RootKeySlots: Sendable {
    private let store: any SlotStore
    private let name: SlotTableName
    private let ring: RootKeyRing

    /// - Parameter ring: the open root of the table of that name.
    package init(store: any SlotStore, name: SlotTableName = .server, ring: RootKeyRing) {
        self.store = store
        self.name = name
        self.ring = ring
    }

    /// Why slots were not changed.
    package enum Failure: Error, Equatable {
        /// A slot has that id already.
        case exists
        /// No slot has that id.
        case unknown
        /// It is the only one.
        case isLast
        /// The table is full.
        case tooMany
        /// The public key is no point of the curve.
        case invalidKey
        /// The root is being rotated.
        case rotating
        /// Others changed the table again and again.
        case busy
        /// The table is missing, or somebody without the root changed it.
        case damaged
        case store(StoreError)
    }

    /// The table as it is stored.
    package func table() async throws(Failure) -> SlotTable {
        let table: SlotTable?
        do { table = try await store.slotTable(name) } catch { throw .store(error) }
        guard let table else { throw .damaged }
        return table
    }

    /// The fingerprint of the root in use; 32 bytes.
    func fingerprint() throws(CryptoError) -> [UInt8] { try ring.current.fingerprint() }

    /// Wraps the root to `key` in one more slot, the last of the table.
    package func add(_ key: RootSlotKey) async throws(Failure) {
        try await change { table, root throws(Failure) in
            let ids = table.slots.compactMap { RootKeySlot(parsing: $0)?.id }
            guard !ids.contains(key.id) else { throw .exists }
            guard table.slots.count < SlotTable.slotLimit else { throw .tooMany }
            guard let slot = try? RootKeySlot.wrapping(root, of: table.databaseID, to: key) else { throw .invalidKey }
            return table.slots + [slot.bytes]
        }
    }

    /// Takes a slot away. It opens backups that were made while it was there ever after.
    package func remove(_ id: UUIDBytes) async throws(Failure) {
        try await change { table, _ throws(Failure) in
            guard let place = table.slots.firstIndex(where: { RootKeySlot(parsing: $0)?.id == id }) else {
                throw .unknown
            }
            // One that this version cannot read may open nothing.
            let others = table.slots.indices.filter { $0 != place && RootKeySlot(parsing: table.slots[$0]) != nil }
            guard !others.isEmpty else { throw .isLast }
            var slots = table.slots
            slots.remove(at: place)
            return slots
        }
    }

    /// Replaces the slots by what `change` makes of them, and again if another change came between.
    private func change(_ change: (SlotTable, RootKey) throws(Failure) -> [[UInt8]]) async throws(Failure) {
        for _ in 0..<16 {
            let table = try await table()
            let root = ring.current
            guard table.generation == root.generation else { throw .rotating }
            // What somebody else put into the table must not get a code that vouches for it.
            do { try table.verify(under: root) } catch { throw .damaged }
            let slots = try change(table, root)
            guard let code = try? root.authenticationCode(databaseID: table.databaseID, slots: slots) else {
                throw .damaged
            }
            let changed = SlotTable(
                databaseID: table.databaseID,
                generation: table.generation,
                slots: slots,
                authenticationCode: code
            )
            do {
                try await store.replaceSlotTable(changed, name, replacing: table.authenticationCode)
                return
            } catch .conflict { continue } catch { throw .store(error) }
        }
        throw .busy
    }
}
