/// Watches the wall clock against one that only ever runs forward, and forbids destruction when the former jumps.
///
/// A jump is a change of the difference between the two by more than ``tolerance``: somebody set the clock, and a
/// deadline that seems to have passed may not have. Trust returns when the clock is set back, or with a restart.
package struct ClockGuard: Sendable {
    /// Microseconds by which the clocks may drift apart: far more than time services correct at a time.
    package static let tolerance: Int64 = 300_000_000

    private var offset: Int64?

    package init() {}

    /// Whether `now` can be trusted for what cannot be undone.
    ///
    /// - Parameter uptime: microseconds on a clock that is never set.
    package mutating func trusts(_ now: Timestamp, uptime: Int64) -> Bool {
        let current = now.microseconds - uptime
        guard let offset else {
            self.offset = current
            return true
        }
        guard abs(current - offset) <= Self.tolerance else { return false }
        // Small corrections add up over months; the guard follows them.
        self.offset = current
        return true
    }
}
