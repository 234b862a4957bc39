package import KMSCore
internal import Synchronization

/// Remembers the nonces of this node's recent requests, in memory.
///
/// A nonce is kept until its request's own Timestamp has left the window and never forgotten before: where there is no
/// room, the request is refused. A nonce takes 20 to 25 bytes: 37 million took 734 MiB (measured). One
/// that can no longer be judged, because the clock went back behind what was dropped, counts as used.
package final class NonceStore: ReplayGuard {
    private static let minute: Int64 = 60_000_000

    private let shards: [NonceShard]
    private let total: UsageCounter
    private let share: Int
    private let counters = Mutex<[AccountID: UsageCounter]>([:])
    /// The minute of the last look for what may be dropped.
    private let sweptAt = Atomic<Int64>(.min)

    /// - Parameters:
    ///   - capacity: the most nonces held, in all.
    ///   - share: the most nonces held of one account; half of the capacity unless given.
    ///   - shardCount: into how many parts the nonces are divided, each with its own lock.
    package init(capacity: Int = 37_000_000, share: Int? = nil, shardCount: Int = 16) {
        total = UsageCounter(limit: capacity)
        self.share = share ?? max(1, capacity / 2)
        shards = (0..<max(1, shardCount)).map { _ in NonceShard() }
    }

    /// How many nonces are held.
    package var count: Int { total.count }

    package func claim(_ mark: ReplayMark, at now: Timestamp) -> ReplayVerdict {
        sweep(at: now)
        // No such request passes authentication; were its mark kept, it might go too early.
        guard abs(now.microseconds(since: mark.timestamp)) <= RequestAuthenticator.window else { return .used }
        // The low bits choose the shard, the high ones the place in its tables.
        let shard = shards[Int(mark.digest.low % UInt64(shards.count))]
        let minute = Self.minuteNumber(mark.timestamp.microseconds)
        return shard.claim(mark, minute: minute, total: total, counter: counter)
    }

    /// Once a minute, whichever request comes first drops what has left the window.
    private func sweep(at now: Timestamp) {
        let current = Self.minuteNumber(now.microseconds)
        let last = sweptAt.load(ordering: .relaxed)
        guard current != last,
            sweptAt.compareExchange(expected: last, desired: current, ordering: .relaxed).exchanged
        else { return }
        let firstKept = Self.minuteNumber(now.microseconds - RequestAuthenticator.window)
        for shard in shards { shard.drop(before: firstKept, total: total) }
    }

    private func counter(of account: AccountID) -> UsageCounter {
        counters.withLock { counters in
            let counter = counters[account] ?? UsageCounter(limit: share)
            counters[account] = counter
            return counter
        }
    }

    /// Rounded down, before 1970 too.
    private static func minuteNumber(_ microseconds: Int64) -> Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: minute)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
