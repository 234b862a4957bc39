internal import KMSCore
internal import Synchronization

/// One part of the nonces, with a lock of its own.
final class NonceShard: Sendable {
    /// The nonces of requests whose Timestamps lie in one minute.
    private struct Bucket {
        let minute: Int64
        var digests = DigestTable()
        /// How many of the digests each account has.
        var shares: [AccountID: Int] = [:]
    }

    private struct State {
        var buckets: [Bucket] = []
        var counters: [AccountID: UsageCounter] = [:]
        /// The latest minute whose nonces were dropped: what was used in it, or before, is not known any more.
        var droppedThrough = Int64.min
    }

    private let state = Mutex(State())

    /// Takes note of the mark if it is new and both `total` and its account's counter have room.
    ///
    /// - Parameter counter: asked for the account's counter when this shard first meets the account.
    func claim(
        _ mark: ReplayMark,
        minute: Int64,
        total: UsageCounter,
        counter: (AccountID) -> UsageCounter
    ) -> ReplayVerdict {
        state.withLock { state in
            guard minute > state.droppedThrough else { return .used }
            // A nonce is used once, whatever Timestamp it comes with.
            for bucket in state.buckets where bucket.digests.contains(mark.digest) { return .used }

            let share = state.counters[mark.account] ?? counter(mark.account)
            state.counters[mark.account] = share
            guard share.take() else { return .full }
            guard total.take() else {
                share.giveBack(1)
                return .full
            }
            let index = state.buckets.firstIndex { $0.minute == minute } ?? state.buckets.count
            if index == state.buckets.count { state.buckets.append(Bucket(minute: minute)) }
            state.buckets[index].digests.insert(mark.digest)
            state.buckets[index].shares[mark.account, default: 0] += 1
            return .fresh
        }
    }

    /// Drops the nonces of all minutes before `minute`.
    func drop(before minute: Int64, total: UsageCounter) {
        // Their memory is given back when the lock is free again.
        let dropped = state.withLock { state -> [Bucket] in
            let dropped = state.buckets.filter { $0.minute < minute }
            guard !dropped.isEmpty else { return [] }
            state.buckets.removeAll { $0.minute < minute }
            for bucket in dropped {
                state.droppedThrough = max(state.droppedThrough, bucket.minute)
                for (account, count) in bucket.shares { state.counters[account]?.giveBack(count) }
            }
            return dropped
        }
        for bucket in dropped { total.giveBack(bucket.digests.count) }
    }
}
