internal import Synchronization

/// Counts what is held against a limit, across threads.
final class UsageCounter: Sendable {
    private let used = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { used.load(ordering: .relaxed) }

    /// Counts one more, or says that the limit is reached.
    func take() -> Bool {
        if used.add(1, ordering: .relaxed).newValue <= limit { return true }
        used.subtract(1, ordering: .relaxed)
        return false
    }

    func giveBack(_ count: Int) {
        used.subtract(count, ordering: .relaxed)
    }
}
