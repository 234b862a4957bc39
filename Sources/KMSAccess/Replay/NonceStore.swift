package import KMSCore
internal import Synchronization

/// Remembers the nonces of this node's recent requests, in memory.
///
/// A nonce is kept until its request's own Timestamp has left the window and never forgotten before: where there is no
/// room, the request is refused. A nonce takes 20 to 25 bytes, so that 37 million fit into 1 GiB. One that can no longer
/// be judged, because the clock went back behind what was dropped, counts as used.
package final class NonceStore: ReplayGuard {
    private static let minute: Int64 = 60_000_000

    private let shards: [NonceShard]
    private let shares: AccountShares
    /// The minute of the last look for what may be dropped.
    private let sweptAt = Atomic<Int64>(.min)

    /// - Parameters:
    ///   - capacity: the most nonces held, in all. What one account may hold of it depends on the others: see
    ///     ``AccountShares``.
    ///   - shardCount: into how many parts the nonces are divided, each with its own lock.
    package init(capacity: Int = 37_000_000, shardCount: Int = 16) {
        shards = (0..<max(1, shardCount)).map { _ in NonceShard() }
        shares = AccountShares(capacity: capacity, partCount: max(1, shardCount))
    }

    /// How many nonces are held.
    package var count: Int { shards.reduce(0) { $0 + $1.count } }

    /// The bytes of the tables that hold them.
    package var byteCount: Int { shards.reduce(0) { $0 + $1.byteCount } }

    /// How many accounts hold any.
    package var accountCount: Int { shares.accountCount }

    package func claim(_ mark: ReplayMark, at now: Timestamp) -> ReplayVerdict {
        sweep(at: now)
        // No such request passes authentication; were its mark kept, it might go too early.
        guard abs(now.microseconds(since: mark.timestamp)) <= RequestAuthenticator.window else { return .used }
        // The low bits choose the shard, the high ones the place in its tables.
        let shard = shards[Int(mark.digest.low % UInt64(shards.count))]
        return shard.claim(mark, minute: Self.minuteNumber(mark.timestamp.microseconds), shares: shares)
    }

    /// Once a minute, whichever request comes first drops what has left the window.
    private func sweep(at now: Timestamp) {
        let current = Self.minuteNumber(now.microseconds)
        let last = sweptAt.load(ordering: .relaxed)
        guard current != last,
            sweptAt.compareExchange(expected: last, desired: current, ordering: .relaxed).exchanged
        else { return }
        let firstKept = Self.minuteNumber(now.microseconds - RequestAuthenticator.window)
        // The counts first: a nonce that comes in between is then counted a little longer than it is kept, never less.
        shares.drop(before: firstKept)
        for shard in shards { shard.drop(before: firstKept) }
    }

    /// Rounded down, before 1970 too.
    private static func minuteNumber(_ microseconds: Int64) -> Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: minute)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
