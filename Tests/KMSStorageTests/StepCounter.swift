import GRDB
import GRDBSQLite
import Synchronization

@testable import KMSStorage

/// Counts what SQLite does to read: the instructions of its virtual machine, which tell how many rows were visited
/// however fast the machine is.
final class StepCounter: Sendable {
    private let steps = Atomic<Int>(0)
    private let store: SQLiteStore

    /// Counts on the connection that the store reads with as long as nobody reads at the same time.
    init(_ store: SQLiteStore) async throws {
        self.store = store
        try await store.pool.read { database in
            // When a statement has ended; what it took is then taken off its counter.
            let code = sqlite3_trace_v2(
                database.sqliteConnection,
                UInt32(SQLITE_TRACE_PROFILE),
                { _, counter, statement, _ in
                    guard let counter, let statement else { return 0 }
                    let steps = sqlite3_stmt_status(OpaquePointer(statement), SQLITE_STMTSTATUS_VM_STEP, 1)
                    Unmanaged<StepCounter>.fromOpaque(counter).takeUnretainedValue().add(Int(steps))
                    return 0
                },
                Unmanaged.passUnretained(self).toOpaque()
            )
            guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        }
    }

    private func add(_ count: Int) { steps.add(count, ordering: .relaxed) }

    /// The steps that `body` takes on that connection.
    func count(_ body: () async throws -> Void) async throws -> Int {
        let before = steps.load(ordering: .relaxed)
        try await body()
        return steps.load(ordering: .relaxed) - before
    }

    /// The connection outlives the counter otherwise.
    func stop() async throws {
        try await store.pool.read { _ = sqlite3_trace_v2($0.sqliteConnection, 0, nil, nil) }
    }
}
