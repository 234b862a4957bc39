/// A bounded number of threads for work that would hold up an event loop: private keys, key generation, tokens.
package protocol WorkerPool: Sendable {
    /// Runs `work` on one of the threads and gives back what it gave; the caller goes on where it was.
    ///
    /// - Throws: ``WorkersBusy`` if too much is waiting already, or the threads have ended; `work` was not begun then.
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(WorkersBusy) -> Value
}

/// More work waits for the threads than may; nothing was done.
package struct WorkersBusy: Error, Sendable, Equatable {
    package init() {}
}

/// Runs work where its caller is: for tests, and for programs that have one caller.
package struct InlineWorkers: WorkerPool {
    package init() {}

    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(WorkersBusy) -> Value {
        work()
    }
}
