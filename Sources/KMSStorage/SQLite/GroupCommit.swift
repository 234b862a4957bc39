internal import GRDB
internal import KMSCore
internal import Synchronization

/// Makes changes that come at the same time in one transaction, so that they share one sync; each in a savepoint of
/// its own, so that one that fails takes no other with it.
final class GroupCommit: Sendable {
    private struct Waiting: Sendable {
        let change: Change
        let continuation: CheckedContinuation<Result<Void, StoreError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isDraining = false
        /// Requests whose records the trail has and the outbox still holds.
        var acknowledged: Set<UUIDBytes> = []
        /// Whether the log may hold bytes of destroyed material: also what an earlier process may have left there.
        var mustTruncate = true
        /// Whether the last truncation failed: then changes leave the next one to ``scrub()``.
        var isHeldUp = false
    }

    /// Changes of one transaction at most: it bounds how long the first of them waits for the last.
    private static let batch = 256
    /// Milliseconds that a truncation waits for readers of the log.
    private static let patience = 200

    private let pool: DatabasePool
    private let state = Mutex(State())

    init(_ pool: DatabasePool) { self.pool = pool }

    func apply(_ change: Change) async throws(StoreError) {
        let result = await withCheckedContinuation { continuation in
            let mustStart = state.withLock { state in
                state.waiting.append(Waiting(change: change, continuation: continuation))
                defer { state.isDraining = true }
                return !state.isDraining
            }
            if mustStart { pool.asyncWriteWithoutTransaction { [self] in drain($0) } }
        }
        try result.get()
    }

    var acknowledged: Set<UUIDBytes> { state.withLock { $0.acknowledged } }

    /// Lets the next transaction forget the record of this request.
    func acknowledge(_ requestID: UUIDBytes) {
        state.withLock { _ = $0.acknowledged.insert(requestID) }
    }

    /// Deletes the records that the trail has; returns whose, for ``noteForgotten(_:)`` once that is committed.
    func forgetAcknowledged(in database: Database) throws -> Set<UUIDBytes> {
        let acknowledged = self.acknowledged
        for id in acknowledged { try AuditOutboxRows.delete.execute(database, [id.column]) }
        return acknowledged
    }

    func noteForgotten(_ forgotten: Set<UUIDBytes>) { state.withLock { $0.acknowledged.subtract(forgotten) } }

    private func drain(_ database: Database) {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.batch))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty { state.isDraining = false }
                return batch
            }
            guard !batch.isEmpty else { return }
            let results = make(batch.map(\.change), in: database)
            for (waiting, result) in zip(batch, results) { waiting.continuation.resume(returning: result) }
        }
    }

    private func make(_ changes: [Change], in database: Database) -> [Result<Void, StoreError>] {
        var results: [Result<Void, StoreError>] = []
        var forgotten: Set<UUIDBytes> = []
        // Before it is known whether they are made: that may stay unknown.
        if changes.contains(where: \.leavesBytes) { state.withLock { $0.mustTruncate = true } }
        do {
            try database.inTransaction(.immediate) {
                forgotten = try forgetAcknowledged(in: database)
                for change in changes { results.append(try one(change, in: database)) }
                return .commit
            }
            noteForgotten(forgotten)
            let isHeldUp = state.withLock { $0.isHeldUp }
            // Where a reader does not let go of the log, the changes are made all the same, and upkeep tries again.
            if !isHeldUp, changes.contains(where: \.takesMaterial) { try? truncate(database) }
            return results
        } catch {
            // Whether the commit was made is unknown where the disk failed; nobody is told that it was.
            return changes.map { _ in .failure(.unavailable("\(error)")) }
        }
    }

    /// Has the next ``scrub()`` truncate the log, since records were overwritten.
    func noteLeftBytes() { state.withLock { $0.mustTruncate = true } }

    /// Truncates the log if it may hold bytes of destroyed material; they lie there until then.
    func scrub() async throws(StoreError) {
        guard state.withLock({ $0.mustTruncate }) else { return }
        do {
            try await pool.writeWithoutTransaction { [self] database in
                if state.withLock({ $0.mustTruncate }) { try truncate(database) }
            }
        } catch {
            throw .unavailable("The write-ahead log cannot be truncated while somebody reads it: \(error)")
        }
    }

    /// Waits for readers only briefly, since every change waits with it.
    private func truncate(_ database: Database) throws {
        try database.execute(sql: "PRAGMA busy_timeout = \(Self.patience)")
        defer { try? database.execute(sql: "PRAGMA busy_timeout = \(SQLiteStore.patience)") }
        state.withLock { $0.isHeldUp = true }
        try database.checkpoint(.truncate)
        state.withLock { ($0.mustTruncate, $0.isHeldUp) = (false, false) }
    }

    /// Makes one change or nothing of it. Throws where the whole transaction cannot go on.
    private func one(_ change: Change, in database: Database) throws -> Result<Void, StoreError> {
        do {
            try database.inSavepoint {
                try ChangeWriter(database).write(change)
                return .commit
            }
            return .success(())
        } catch let error as StoreError { return .failure(error) } catch let error as DatabaseError
            where error.resultCode == .SQLITE_CONSTRAINT
        {
            return .failure(.unavailable("The schema refuses the change: \(error.message ?? "")"))
        }
    }
}

extension Change {
    /// Whether the old bytes of what it removes stay in the log until that is truncated.
    fileprivate var leavesBytes: Bool {
        takesMaterial
            || steps.contains {
                switch $0 {
                case .destroyMaterial, .deleteImportPair: true
                default: false
                }
            }
    }

    /// Whether it takes material away for somebody who waits for the answer. All else is upkeep's work, which truncates
    /// the log once a round.
    fileprivate var takesMaterial: Bool {
        steps.contains {
            switch $0 {
            case .setMaterial(_, of: _, in: _, nil), .certificate(.delete), .access(.deleteAccessKey),
                .access(.deleteService):
                true
            default: false
            }
        }
    }
}
