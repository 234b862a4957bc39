/// A bounded number of threads for work that would hold up an event loop: private keys, key generation, tokens.
package protocol WorkerPool: Sendable {
    /// Runs `work` on one of the threads and gives back what it gave; the caller goes on where it was.
    func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value
}
