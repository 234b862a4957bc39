internal import Dispatch
internal import KMSCore
internal import Synchronization

/// Brings the trail to the disk for all who wait for it together, on a thread of its own.
final class GroupSync: Sendable {
    private struct State {
        var waiting: [CheckedContinuation<Result<Void, AuditError>, Never>] = []
        var isRunning = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "keyhold.audit.sync")
    private let work: @Sendable () throws(AuditError) -> Void

    /// - Parameter work: returns when the disk has all that was written before.
    init(_ work: @escaping @Sendable () throws(AuditError) -> Void) { self.work = work }

    /// Returns when the disk has what was written before the call.
    func wait() async throws(AuditError) {
        let result = await withCheckedContinuation { continuation in
            let mustStart = state.withLock { state in
                state.waiting.append(continuation)
                defer { state.isRunning = true }
                return !state.isRunning
            }
            if mustStart { queue.async { [self] in drain() } }
        }
        try result.get()
    }

    private func drain() {
        while true {
            let waiting = state.withLock { state in
                defer { state.waiting = [] }
                if state.waiting.isEmpty { state.isRunning = false }
                return state.waiting
            }
            guard !waiting.isEmpty else { return }
            let result = Result(catching: work)
            for continuation in waiting { continuation.resume(returning: result) }
        }
    }
}
