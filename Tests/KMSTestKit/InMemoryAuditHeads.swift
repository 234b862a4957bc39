package import KMSCore
private import Synchronization

/// The ends of a trail in memory; can be told to fail.
package final class InMemoryAuditHeads: AuditHeadStore {
    private struct State {
        var heads: [AuditHead] = []
        var key: AuditKeyRecord?
        var failure: StoreError?
    }

    private let state = Mutex(State())

    package init() {}

    package var heads: [AuditHead] { state.withLock { $0.heads } }

    /// Puts heads in the place of those that were saved, as somebody does who writes to the database.
    package func replace(_ heads: [AuditHead]) { state.withLock { $0.heads = heads } }

    /// Makes saving fail from now on; nil lets it work again.
    package func fail(with error: StoreError?) { state.withLock { $0.failure = error } }

    package func auditHeads() async throws(StoreError) -> [AuditHead] { heads }

    package func saveAuditHeads(_ heads: [AuditHead]) async throws(StoreError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
        state.withLock { state in
            for head in heads {
                state.heads.removeAll {
                    $0.place.node == head.place.node
                        && ($0.place.lane == head.place.lane || $0.place.start < head.place.start)
                }
                state.heads.append(head)
            }
            state.heads.sort { ($0.place.start, $0.place.lane) < ($1.place.start, $1.place.lane) }
        }
    }

    package func auditKey() async throws(StoreError) -> AuditKeyRecord? { state.withLock { $0.key } }

    package func createAuditKey(_ key: AuditKeyRecord) async throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            guard state.key == nil else { throw .alreadyExists }
            state.key = key
        }
    }
}
