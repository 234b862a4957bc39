private import Synchronization

/// Holds every account, in every region and for every class of operations, to its rate of requests.
///
/// Accounts share no bucket, and nobody waits here: a request is let through or told when to come again, so that one
/// account at its limit takes nothing from another. Buckets lie in parts with a lock each. One that has not been used
/// for as long as it takes to fill is full, and is forgotten: a new one would be the same.
package final class Throttle: Sendable {
    private let limits: RateLimits
    private let parts: [Part]

    /// - Parameter partCount: into how many parts the buckets are divided.
    package init(_ limits: RateLimits, partCount: Int = 16) {
        self.limits = limits
        let isActive = !limits.rates.isEmpty || !limits.ofAccounts.isEmpty
        // After this long without use a bucket is full, wherever threads that read the clock one after the other met it.
        let period = Int64(limits.burst) * 1_000_000 + 2 * TokenBucket.tolerance
        parts = isActive ? (0..<max(1, partCount)).map { _ in Part(period: period) } : []
    }

    /// Whether any request could be refused.
    package var isActive: Bool { !parts.isEmpty }

    /// How many buckets are held.
    package var bucketCount: Int { parts.reduce(0) { $0 + $1.count } }

    /// Counts a request.
    ///
    /// - Throws: 429 `Rejected.Throttling` with the time until the next one is let through, in whole milliseconds.
    package func admit(_ rateClass: RateClass, in namespace: Namespace, at now: Timestamp) throws(KMSError) {
        guard isActive, let rate = limits.rate(of: rateClass, for: namespace.account) else { return }
        let place = Place(namespace: namespace, rateClass: rateClass)
        // Hashes are seeded anew by each process: nobody can aim at another's part.
        let part = parts[Int(UInt(bitPattern: place.hashValue) % UInt(parts.count))]
        let full = TokenBucket(rate: rate, burst: limits.burst, at: now)
        guard let wait = part.take(place, orElse: full, at: now) else { return }
        throw .throttled(retryAfter: Int((wait + 999) / 1_000))
    }
}

private struct Place: Hashable, Sendable {
    let namespace: Namespace
    let rateClass: RateClass
}

/// Some of the buckets. Those used since the last turn are kept apart from those used between the two turns before it,
/// so that the unused go together and none is ever looked for.
private final class Part: Sendable {
    private struct State {
        var recent: [Place: TokenBucket] = [:]
        var older: [Place: TokenBucket] = [:]
        var turnedAt: Timestamp?
    }

    /// Microseconds between two turns.
    private let period: Int64
    /// Up to here, memory is kept from one turn to the next, so that a warm request allocates none.
    private static let keptCapacity = 128
    private let state = Mutex(State())

    init(period: Int64) { self.period = period }

    var count: Int { state.withLock { $0.recent.count + $0.older.count } }

    /// Takes a token from the bucket of `place`, from `full` where it has none.
    ///
    /// - Returns: nil, or the microseconds until there is a token.
    func take(_ place: Place, orElse full: TokenBucket, at now: Timestamp) -> Int64? {
        state.withLock { state in
            turn(&state, at: now)
            if state.recent[place] == nil {
                state.recent[place] = state.older.removeValue(forKey: place) ?? full
            }
            return state.recent[place]?.take(at: now)
        }
    }

    private func turn(_ state: inout State, at now: Timestamp) {
        guard let turnedAt = state.turnedAt else {
            state.turnedAt = now
            return
        }
        let elapsed = now.microseconds(since: turnedAt)
        if elapsed < -TokenBucket.tolerance { state.turnedAt = now }
        guard elapsed >= period else { return }
        if elapsed >= 2 * period { empty(&state.recent) }
        empty(&state.older)
        swap(&state.recent, &state.older)
        state.turnedAt = now
    }

    private func empty(_ buckets: inout [Place: TokenBucket]) {
        buckets.removeAll(keepingCapacity: buckets.capacity <= Self.keptCapacity)
    }
}
