import KMSCore
import Synchronization

/// A slot store in memory, with hands to interfere.
final class MemorySlotStore: SlotStore {
    struct State {
        var table: SlotTable?
        var holdsSealedRows = false
        /// Runs once, right before a table would be created: another server that is faster.
        var beforeCreation: (@Sendable (MemorySlotStore) -> Void)?
        var failure: StoreError?
        /// Thrown once although the table was created: the answer got lost.
        var failureAfterwards: StoreError?
    }

    private let state = Mutex(State())

    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    var table: SlotTable? {
        get { state.withLock { $0.table } }
        set { state.withLock { $0.table = newValue } }
    }

    func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? { name == .server ? table : nil }

    func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool {
        name == .server && state.withLock { $0.holdsSealedRows }
    }

    func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
        let interference = state.withLock { state in
            defer { state.beforeCreation = nil }
            return state.beforeCreation
        }
        interference?(self)
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let isCreated = state.withLock { state in
            guard state.table == nil, !state.holdsSealedRows else { return false }
            state.table = table
            return true
        }
        guard isCreated else { throw .alreadyExists }
        let failure = state.withLock { state in
            defer { state.failureAfterwards = nil }
            return state.failureAfterwards
        }
        if let failure { throw failure }
    }

    func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        let isReplaced = state.withLock { state in
            guard state.table?.authenticationCode == replaced else { return false }
            state.table = table
            return true
        }
        guard isReplaced else { throw .conflict }
    }
}
