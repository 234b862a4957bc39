import KMSAccess
import KMSCore
import Testing

struct NonceStoreTests {
    private let now = Fixture.now
    private let one = AccountID("1")!
    private let two = AccountID("2")!

    private func mark(_ number: UInt64, of account: AccountID? = nil, at time: Timestamp? = nil) -> ReplayMark {
        // Digests are keyed hashes: spread them as one would.
        var generator = SeededGenerator(seed: number)
        return ReplayMark(
            digest: UUIDBytes(high: generator.next(), low: generator.next()),
            account: account ?? one,
            timestamp: time ?? now
        )
    }

    @Test("a nonce is fresh once and used ever after")
    func once() {
        let store = NonceStore()
        for number in 0..<5_000 as Range<UInt64> { #expect(store.claim(mark(number), at: now) == .fresh) }
        for number in 0..<5_000 as Range<UInt64> { #expect(store.claim(mark(number), at: now) == .used) }
        #expect(store.count == 5_000)
    }

    @Test("a nonce is used up for every Timestamp, not only its own")
    func otherTimestamps() {
        let store = NonceStore()
        #expect(store.claim(mark(1), at: now) == .fresh)
        for seconds in stride(from: -900, through: 900, by: 60) as StrideThrough<Int64> {
            #expect(store.claim(mark(1, at: now.adding(seconds: seconds)), at: now) == .used)
        }
    }

    @Test("digests that look like nothing count like any other")
    func zeros() {
        let store = NonceStore()
        let zero = ReplayMark(digest: .zero, account: one, timestamp: now)
        #expect(store.claim(zero, at: now) == .fresh)
        #expect(store.claim(zero, at: now) == .used)
        let half = ReplayMark(digest: UUIDBytes(high: 0, low: 16), account: one, timestamp: now)
        #expect(store.claim(half, at: now) == .fresh)
        #expect(store.claim(half, at: now) == .used)
    }

    @Test("a nonce stays as long as its request would be accepted, wherever in the window its Timestamp lies")
    func window() {
        for offset in [-900, -450, -1, 0, 30, 59, 450, 900] as [Int64] {
            let store = NonceStore(shardCount: 3)
            let mark = mark(1, at: now.adding(seconds: offset))
            #expect(store.claim(mark, at: now) == .fresh)
            // Others keep coming, so that the store sweeps each minute.
            var number: UInt64 = 2
            for second in stride(from: 0, through: offset + 900, by: 15) as StrideThrough<Int64> {
                let moment = now.adding(seconds: second)
                #expect(store.claim(self.mark(number, at: moment), at: moment) == .fresh)
                #expect(store.claim(mark, at: moment) == .used)
                number += 1
            }
            #expect(store.claim(mark, at: now.adding(seconds: offset + 900)) == .used)
        }
    }

    @Test("what has left the window is dropped, and its room is free again")
    func dropped() {
        let store = NonceStore(capacity: 1_000, share: 1_000)
        for number in 0..<1_000 as Range<UInt64> { #expect(store.claim(mark(number), at: now) == .fresh) }
        #expect(store.claim(mark(1_000), at: now) == .full)
        let later = now.adding(seconds: 900 + 60)
        for number in 2_000..<3_000 as Range<UInt64> {
            #expect(store.claim(mark(number, at: later), at: later) == .fresh)
        }
        #expect(store.count == 1_000)
        #expect(store.claim(mark(3_000, at: later), at: later) == .full)
    }

    @Test("an account whose share is full is refused, forgets nothing and does not hinder others")
    func shares() {
        let store = NonceStore(capacity: 1_000, share: 100)
        for number in 0..<100 as Range<UInt64> { #expect(store.claim(mark(number), at: now) == .fresh) }
        #expect(store.claim(mark(100), at: now) == .full)
        #expect(store.claim(mark(100), at: now) == .full)
        for number in 0..<100 as Range<UInt64> { #expect(store.claim(mark(number), at: now) == .used) }
        #expect(store.claim(mark(100, of: two), at: now) == .fresh)
        #expect(store.count == 101)
    }

    @Test("the whole is bounded too")
    func capacity() {
        let store = NonceStore(capacity: 150, share: 100)
        for number in 0..<100 as Range<UInt64> { #expect(store.claim(mark(number), at: now) == .fresh) }
        for number in 100..<150 as Range<UInt64> { #expect(store.claim(mark(number, of: two), at: now) == .fresh) }
        #expect(store.claim(mark(150, of: two), at: now) == .full)
        #expect(store.count == 150)
    }

    @Test("a clock that goes back brings no second acceptance, and one that jumped ahead does no lasting harm")
    func clockGoesBack() {
        let store = NonceStore()
        #expect(store.claim(mark(1), at: now) == .fresh)
        let ahead = now.adding(seconds: 86_400)
        #expect(store.claim(mark(2, at: ahead), at: ahead) == .fresh)
        #expect(store.claim(mark(1), at: now) == .used)
        // From the next minute on, requests are served again.
        let next = now.adding(seconds: 60)
        #expect(store.claim(mark(3, at: next), at: next) == .fresh)
        #expect(store.claim(mark(3, at: next), at: next) == .used)
    }

    @Test("of many threads that claim the same nonces, one gets each")
    func concurrency() async {
        let store = NonceStore(capacity: 100_000, share: 100_000)
        let fresh = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<5_000 as Range<UInt64>).count { store.claim(mark($0), at: now) == .fresh }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(fresh == 5_000)
        #expect(store.count == 5_000)
    }

    @Test("a share is exact however many threads race for its last places")
    func concurrentShare() async {
        let store = NonceStore(capacity: 100_000, share: 1_000)
        let fresh = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 as Range<UInt64> {
                group.addTask {
                    (0..<500 as Range<UInt64>).count { store.claim(mark(task * 500 + $0), at: now) == .fresh }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(fresh == 1_000)
    }
}
