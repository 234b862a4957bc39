import Synchronization

/// Counts down to the end of a store.
final class Mortality: Sendable {
    enum Fate { case alive, dying, dead }

    private let left: Mutex<Int>
    private let isLastMade: Bool

    init(_ changes: Int, _ isLastMade: Bool) {
        left = Mutex(changes)
        self.isLastMade = isLastMade
    }

    var isDead: Bool { left.withLock { $0 < 0 } }

    /// What becomes of the next change.
    func next() -> Fate {
        left.withLock { left in
            left -= 1
            if left >= 0 { return .alive }
            return left == -1 && isLastMade ? .dying : .dead
        }
    }
}
