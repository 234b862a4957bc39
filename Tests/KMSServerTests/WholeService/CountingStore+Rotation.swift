import KMSCore
import KMSStorage

/// Rotations are no part of a request; they go to the database as they are.
extension CountingStore: RootRotationStore {
    func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? { try await base.slotTable(name) }

    func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool {
        try await base.holdsSealedRows(of: name)
    }

    func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
        try await base.createSlotTable(table, name)
    }

    func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError) {
        try await base.replaceSlotTable(table, name, replacing: replaced)
    }

    func rootRotation() async throws(StoreError) -> StoredRootRotation? { try await base.rootRotation() }

    func rootSuccessions(since generation: UInt32) async throws(StoreError) -> [[UInt8]] {
        try await base.rootSuccessions(since: generation)
    }

    func lastingKeys() async throws(StoreError) -> [LastingKey] { try await base.lastingKeys() }

    func beginRootRotation(_ start: RootRotationStart) async throws(StoreError) {
        try await base.beginRootRotation(start)
    }

    func endPreviousTokens() async throws(StoreError) { try await base.endPreviousTokens() }

    func sealedRows(
        _ kind: SealedRow.Kind,
        under generation: UInt32,
        after number: Int64,
        limit: Int
    ) async throws(StoreError) -> [NumberedSealedRow] {
        try await base.sealedRows(kind, under: generation, after: number, limit: limit)
    }

    func sealedRowCount(under generation: UInt32) async throws(StoreError) -> Int {
        try await base.sealedRowCount(under: generation)
    }

    func reseal(_ rows: [ResealedRow]) async throws(StoreError) { try await base.reseal(rows) }

    func endRootRotation(of generation: UInt32) async throws(StoreError) {
        try await base.endRootRotation(of: generation)
    }
}
