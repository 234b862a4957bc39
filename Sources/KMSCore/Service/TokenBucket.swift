/// A bucket of tokens: some flow in each second, some fit in, and each request takes one.
///
/// All numbers are whole, so that nothing is gained or lost by rounding: a token is a million drops, and with `rate`
/// tokens per second each microsecond brings `rate` drops.
struct TokenBucket: Sendable, Equatable {
    private static let token: Int64 = 1_000_000
    /// Microseconds that a clock may seem to go back where threads read it one after the other.
    static let tolerance: Int64 = 1_000_000

    /// Tokens per second, above 0.
    private let rate: Int64
    /// Drops that fit in.
    private let capacity: Int64
    private var drops: Int64
    /// When drops last flowed in.
    private var filledAt: Timestamp

    /// A full bucket.
    ///
    /// - Parameters:
    ///   - rate: tokens per second, 1 to 1,000,000.
    ///   - burst: seconds in which it fills, 1 to 3,600.
    init(rate: Int, burst: Int, at now: Timestamp) {
        self.rate = Int64(rate)
        capacity = Int64(rate) * Int64(burst) * Self.token
        drops = capacity
        filledAt = now
    }

    /// Takes a token and returns nil, or leaves everything and returns the microseconds until there is one.
    mutating func take(at now: Timestamp) -> Int64? {
        fill(at: now)
        guard drops >= Self.token else { return (Self.token - drops + rate - 1) / rate }
        drops -= Self.token
        return nil
    }

    private mutating func fill(at now: Timestamp) {
        let elapsed = now.microseconds(since: filledAt)
        if elapsed > 0 {
            // Compared by division: the product may be too large for a number.
            let missing = capacity - drops
            drops = elapsed > missing / rate ? capacity : drops + elapsed * rate
            filledAt = now
        } else if elapsed < -Self.tolerance {
            // The clock was set back; what lies in the bucket stays.
            filledAt = now
        }
    }
}
