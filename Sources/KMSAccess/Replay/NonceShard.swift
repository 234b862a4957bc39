internal import KMSCore
internal import Synchronization

/// One part of the nonces, with a lock of its own.
final class NonceShard: Sendable {
    /// The nonces of requests whose Timestamps lie in one minute.
    private struct Bucket {
        let minute: Int64
        var digests = DigestTable()
    }

    private struct State {
        var buckets: [Bucket] = []
        /// The latest minute whose nonces were dropped: what was used in it, or before, is not known any more.
        var droppedThrough = Int64.min

        /// A look into every table first lets the processor fetch from all of them at once: they lie far apart, and
        /// searched one after the other each would be waited for.
        func holds(_ digest: UUIDBytes) -> Bool {
            let found = buckets.reduce(0 as UInt64) { $0 | $1.digests.firstPlace(of: digest) }
            return found != 0 && buckets.contains { $0.digests.contains(digest) }
        }
    }

    private let state = Mutex(State())

    /// How many nonces are held.
    var count: Int { state.withLock { $0.buckets.reduce(0) { $0 + $1.digests.count } } }

    /// The bytes of the tables that hold them.
    var byteCount: Int { state.withLock { $0.buckets.reduce(0) { $0 + $1.digests.byteCount } } }

    /// Takes note of the mark if it is new and its account's share has room.
    func claim(_ mark: ReplayMark, minute: Int64, shares: AccountShares) -> ReplayVerdict {
        state.withLock { state in
            guard minute > state.droppedThrough else { return .used }
            // A nonce is used once, whatever Timestamp it comes with.
            if state.holds(mark.digest) { return .used }
            guard shares.take(mark.account, minute: minute) else { return .full }
            let index = state.buckets.firstIndex { $0.minute == minute } ?? state.buckets.count
            if index == state.buckets.count { state.buckets.append(Bucket(minute: minute)) }
            state.buckets[index].digests.insert(mark.digest)
            return .fresh
        }
    }

    /// Drops the nonces of all minutes before `minute`.
    func drop(before minute: Int64) {
        // Their memory is given back when the lock is free again.
        let dropped = state.withLock { state -> [Bucket] in
            let dropped = state.buckets.filter { $0.minute < minute }
            guard !dropped.isEmpty else { return [] }
            state.buckets.removeAll { $0.minute < minute }
            for bucket in dropped { state.droppedThrough = max(state.droppedThrough, bucket.minute) }
            return dropped
        }
        withExtendedLifetime(dropped) {}
    }
}
