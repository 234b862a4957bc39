/// Where the tables of root-key slots are remembered (`Documentation/RootKeySlots.md`).
package protocol SlotStore: Sendable {
    /// The table of that name, or nil where none was ever created.
    func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable?
    /// Whether there is any row that only a root key of that table could have led to: for the server's a key, an
    /// account, an access key, for the key process's a key that it holds.
    func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool
    /// Creates the table in one transaction; ``StoreError/alreadyExists`` if there is one, or if sealed rows exist.
    func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError)
    /// Puts `table` in the place of the one that has the authentication code `replaced`, in one transaction;
    /// ``StoreError/conflict`` if that is not the table any more.
    func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError)
}

/// Whose root key the slots of a table hold.
package enum SlotTableName: String, Sendable, CaseIterable {
    /// The server's own, under which everything in the database is sealed.
    case server
    /// That of keyhold-hsm, under which the material of the keys that it holds is sealed. The server cannot open it.
    case hsm = "keyhold-hsm"
}

/// The slots of one root generation, authenticated as a whole under the root.
package struct SlotTable: Sendable, Equatable {
    /// Names the database, so that a slot of another one is not taken for this one's.
    package let databaseID: UUIDBytes
    /// The root's generation, from 1.
    package let generation: UInt32
    /// Each slot encoded, in the order of their creation.
    package let slots: [[UInt8]]
    /// HMAC-SHA-256 of everything above under a key derived from the root; 32 bytes.
    package let authenticationCode: [UInt8]

    package init(databaseID: UUIDBytes, generation: UInt32, slots: [[UInt8]], authenticationCode: [UInt8]) {
        self.databaseID = databaseID
        self.generation = generation
        self.slots = slots
        self.authenticationCode = authenticationCode
    }
}
