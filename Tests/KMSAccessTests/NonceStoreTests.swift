import KMSAccess
import KMSCore
import KMSTestKit
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

    /// Claims new nonces for the account until its share is full; returns how many it got.
    private func fill(
        _ store: NonceStore,
        for account: AccountID,
        from first: UInt64,
        at time: Timestamp? = nil
    ) -> UInt64 {
        var number = first
        while store.claim(mark(number, of: account, at: time), at: time ?? now) == .fresh { number += 1 }
        return number - first
    }

    @Test("what has left the window is dropped, and its room is free again")
    func dropped() {
        let store = NonceStore(capacity: 1_000)
        let held = fill(store, for: one, from: 0)
        #expect(store.claim(mark(1_000), at: now) == .full)
        let later = now.adding(seconds: 900 + 60)
        #expect(fill(store, for: one, from: 2_000, at: later) == held)
        #expect(store.count == Int(held))
    }

    @Test("an account whose share is full is refused, forgets nothing and does not hinder others")
    func shares() {
        let store = NonceStore(capacity: 1_000)
        let held = fill(store, for: one, from: 0)
        #expect((480...500).contains(held))
        for _ in 0..<10 { #expect(store.claim(mark(held), at: now) == .full) }
        for number in 0..<held { #expect(store.claim(mark(number), at: now) == .used) }
        for number in 0..<200 as Range<UInt64> {
            #expect(store.claim(mark(10_000 + number, of: two), at: now) == .fresh)
            #expect(store.claim(mark(held), at: now) == .full)
        }
        #expect(store.count == Int(held) + 200)
    }

    @Test("however many accounts have filled their shares, the next one still finds room")
    func newcomer() {
        let store = NonceStore(capacity: 100_000)
        var left = 100_000
        for number in 1...8 as ClosedRange<UInt64> {
            let share = Int(fill(store, for: AccountID("\(number)")!, from: number * 1_000_000))
            #expect((left / 2 - 20...left / 2).contains(share))
            left -= share + 8
        }
        #expect(store.count < 100_000)
    }

    @Test("no choice of nonces or Timestamps gives an account more than its share")
    func oneCount() {
        let lone = NonceStore(capacity: 2_000)
        let share = fill(lone, for: one, from: 0)
        for shardCount in [1, 3, 16] {
            let store = NonceStore(capacity: 2_000, shardCount: shardCount)
            var random = SeededGenerator(seed: 5)
            for number in 0..<6_000 as Range<UInt64> {
                let time = now.adding(seconds: Int64.random(in: -900...900, using: &random))
                _ = store.claim(mark(number, at: time), at: now)
            }
            #expect(store.count <= share)
        }
    }

    @Test("what is remembered of accounts counts too, and goes with their nonces")
    func idleAccounts() {
        let store = NonceStore(capacity: 9_000)
        let accounts = (1...2_000).map { AccountID("\($0)")! }
        let fresh = accounts.enumerated().count { index, account in
            store.claim(mark(UInt64(index), of: account), at: now) == .fresh
        }
        // A nonce and the account's count in its minute weigh nine.
        #expect(fresh == 1_000 && store.accountCount == 1_000 && store.count == 1_000)
        let later = now.adding(seconds: 961)
        #expect(store.claim(mark(5_000, at: later), at: later) == .fresh)
        #expect(store.accountCount == 1 && store.count == 1)
    }

    @Test("37 million nonces fit into 1 GiB: a hundredth of them takes a hundredth of it, at every moment")
    func memory() {
        let store = NonceStore(capacity: 370_000)
        let accounts = (1...30).map { AccountID("\($0)")! }
        var random = SeededGenerator(seed: 9)
        var held = 0
        for number in 0..<360_000 as Range<UInt64> {
            let mark = ReplayMark(
                digest: UUIDBytes(high: random.next(), low: random.next()),
                account: accounts[Int(number % 30)],
                timestamp: now.adding(seconds: Int64(number % 1_801) - 900)
            )
            if store.claim(mark, at: now) == .fresh { held += 1 }
            if number % 4_000 == 0, number > 100_000 { #expect(store.byteCount <= held * 26) }
        }
        #expect(held > 340_000 && store.count == held)
        #expect(store.byteCount * 100 < 1 << 30)
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
        let store = NonceStore(capacity: 100_000)
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
        let store = NonceStore(capacity: 2_000)
        let share = fill(NonceStore(capacity: 2_000), for: one, from: 0)
        let fresh = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 as Range<UInt64> {
                group.addTask {
                    (0..<500 as Range<UInt64>).count { store.claim(mark(task * 500 + $0), at: now) == .fresh }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(fresh == share)
    }
}
