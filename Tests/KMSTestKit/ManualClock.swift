package import KMSCore
private import Synchronization

/// A clock that stands still until it is told to move.
package final class ManualClock: TimeSource {
    private let moment: Mutex<Timestamp>

    /// By default 2026-01-01T00:00:00Z.
    package init(_ start: Timestamp = Timestamp(seconds: 1_767_225_600)) { moment = Mutex(start) }

    package func now() -> Timestamp { moment.withLock { $0 } }

    package func set(_ moment: Timestamp) { self.moment.withLock { $0 = moment } }

    /// Moves on, or back for a negative count.
    package func advance(seconds: Int64) { moment.withLock { $0 = $0.adding(seconds: seconds) } }

    /// The same in finer steps.
    package func advance(microseconds: Int64) {
        moment.withLock { $0 = Timestamp(microseconds: $0.microseconds + microseconds) }
    }
}

/// Ids in a fixed order: the first ends in 1, the second in 2.
package final class FixedIDs: IDSource {
    private let series: UInt64
    private let count = Mutex<UInt64>(0)

    /// Two sources of different series never make the same id.
    package init(series: UInt64 = 0x1234_5678_9ABC_4DEF) { self.series = series }

    package func next() -> UUIDBytes {
        count.withLock {
            $0 += 1
            return UUIDBytes(high: series, low: 0x8000_0000_0000_0000 | $0)
        }
    }
}
