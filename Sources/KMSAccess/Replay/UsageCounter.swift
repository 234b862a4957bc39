internal import Synchronization

/// Counts what is held against a limit, across threads.
final class UsageCounter: Sendable {
    private let used = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { used.load(ordering: .relaxed) }

    /// What may still be taken.
    var left: Int { max(0, limit - count) }

    /// Counts so many more, or says that this would go beyond the limit.
    func take(_ count: Int) -> Bool {
        if used.add(count, ordering: .relaxed).newValue <= limit { return true }
        used.subtract(count, ordering: .relaxed)
        return false
    }

    func giveBack(_ count: Int) {
        used.subtract(count, ordering: .relaxed)
    }
}
