package import KMSCore
package import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// The threads that work with private keys, so that no event loop waits for them.
///
/// Work waits in the order in which it came, and not without bound: what comes beyond is refused at once, before the
/// callers' patience ends.
package final class WorkerThreads: WorkerPool, Service {
    private let pool: NIOThreadPool
    private let limit: Int
    private let unfinished = Atomic<Int>(0)

    /// - Parameters:
    ///   - pool: its threads are started by ``start()`` and ended by ``run()``.
    ///   - limit: how much work may be under way and waiting at once, at least 1.
    package init(_ pool: NIOThreadPool, limit: Int) {
        self.pool = pool
        self.limit = max(limit, 1)
    }

    /// Starts the threads; before that, all work is refused.
    package func start() { pool.start() }

    package func run<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value
    ) async throws(WorkersBusy) -> Value {
        guard unfinished.add(1, ordering: .relaxed).newValue <= limit else {
            unfinished.subtract(1, ordering: .relaxed)
            throw WorkersBusy()
        }
        let result: Result<Value, WorkersBusy> = await withCheckedContinuation { continuation in
            pool.submit { [self] state in
                let result: Result<Value, WorkersBusy>
                switch state {
                case .active: result = .success(work())
                case .cancelled: result = .failure(WorkersBusy())
                }
                unfinished.subtract(1, ordering: .relaxed)
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// Waits for the end of the service, then lets the threads finish what was given to them and ends them.
    package func run() async throws {
        try? await gracefulShutdown()
        try await pool.shutdownGracefully()
    }
}
