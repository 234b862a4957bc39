/// Where the table of root-key slots is remembered (`Documentation/RootKeySlots.md`).
package protocol SlotStore: Sendable {
    /// The table, or nil where none was ever created.
    func slotTable() async throws(StoreError) -> SlotTable?
    /// Whether there is any row that only a root key could have led to: a key, an account, an access key.
    func holdsSealedRows() async throws(StoreError) -> Bool
    /// Creates the table in one transaction; ``StoreError/alreadyExists`` if there is one, or if sealed rows exist.
    func createSlotTable(_ table: SlotTable) async throws(StoreError)
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
