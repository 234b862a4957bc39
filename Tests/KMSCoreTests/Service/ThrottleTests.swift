import KMSTestKit
import Testing

@testable import KMSCore

@Suite("The throttle")
struct ThrottleTests {
    private let start = Timestamp(seconds: 1_767_225_600)
    private let mine = Namespace.example()
    private let theirs = Namespace.example("2000000000000002")

    /// Nil where a request is let through, else the milliseconds to wait.
    private func wait(
        _ throttle: Throttle,
        _ rateClass: RateClass = .read,
        in namespace: Namespace,
        at now: Timestamp
    ) -> Int? {
        do {
            try throttle.admit(rateClass, in: namespace, at: now)
            return nil
        } catch { return error.retryAfter ?? -1 }
    }

    /// How many of `count` requests at one moment are let through.
    private func served(_ throttle: Throttle, _ count: Int, in namespace: Namespace, at now: Timestamp) -> Int {
        (0..<count).count { _ in wait(throttle, in: namespace, at: now) == nil }
    }

    /// The bucket as one would explain it: it looks at every microsecond that passes.
    private struct SlowBucket {
        let rate: Int
        let capacity: Int
        var drops: Int

        init(rate: Int, burst: Int) {
            self.rate = rate
            capacity = rate * burst * 1_000_000
            drops = capacity
        }

        mutating func pass(_ microseconds: Int) {
            for _ in 0..<microseconds where drops < capacity { drops = min(capacity, drops + rate) }
        }

        mutating func take() -> Bool {
            guard drops >= 1_000_000 else { return false }
            drops -= 1_000_000
            return true
        }

        func wait() -> Int {
            var (later, count) = (self, 0)
            while later.drops < 1_000_000 {
                later.pass(1)
                count += 1
            }
            return count
        }
    }

    @Test(
        "a bucket decides as its slow twin does, to the microsecond",
        arguments: [(3, 1), (750, 1), (999, 2), (7, 3)]
    )
    func twin(rate: Int, burst: Int) {
        var random = SeededGenerator(seed: UInt64(rate))
        var bucket = TokenBucket(rate: rate, burst: burst, at: start)
        var slow = SlowBucket(rate: rate, burst: burst)
        for _ in 0..<(rate * burst) { #expect(bucket.take(at: start) == nil && slow.take()) }
        var now = start
        var (taken, refused) = (0, 0)
        for _ in 0..<1_000 {
            // Often none, often about a token's worth, now and then enough to fill the bucket.
            let gap = [0, 0, 1_000_000 / rate, 3_000_000 / rate].randomElement(using: &random) ?? 0
            let pause = Int.random(in: 0...gap, using: &random)
            slow.pass(pause)
            now = Timestamp(microseconds: now.microseconds + Int64(pause))
            let expected = slow.take()
            let answer = bucket.take(at: now)
            #expect((answer == nil) == expected)
            if expected { taken += 1 } else { refused += 1 }
            if !expected, refused % 20 == 0 { #expect(answer.map { Int($0) } == slow.wait()) }
        }
        #expect(taken > 100 && refused > 100)
    }

    @Test("who waits as long as was said is served, and who comes a microsecond earlier is not")
    func wait() {
        for rate in [1, 3, 7, 750, 1_000_000] {
            var bucket = TokenBucket(rate: rate, burst: 1, at: start)
            while bucket.take(at: start) == nil {}
            let wait = bucket.take(at: start) ?? 0
            var early = bucket
            #expect(wait >= 1)
            if wait > 1 { #expect(early.take(at: Timestamp(microseconds: start.microseconds + wait - 1)) == 1) }
            #expect(bucket.take(at: Timestamp(microseconds: start.microseconds + wait)) == nil)
        }
    }

    @Test("a bucket neither overflows nor gains over long times, and survives a clock that is set")
    func extremes() {
        var bucket = TokenBucket(rate: 1_000_000, burst: 3_600, at: start)
        #expect(bucket.take(at: start.adding(seconds: 200_000_000_000)) == nil)
        var slow = TokenBucket(rate: 2, burst: 1, at: start)
        let ahead = start.adding(seconds: 86_400)
        #expect(slow.take(at: ahead) == nil && slow.take(at: ahead) == nil && slow.take(at: ahead) != nil)
        // Set back by a day: served again after half a second, not after a day.
        #expect(slow.take(at: start) == 500_000)
        #expect(slow.take(at: Timestamp(microseconds: start.microseconds + 500_000)) == nil)
    }

    @Test("a thread that reads the clock before another and comes after it gains nothing")
    func jitter() {
        var bucket = TokenBucket(rate: 1, burst: 1, at: start)
        #expect(bucket.take(at: start) == nil)
        for _ in 0..<10_000 {
            #expect(bucket.take(at: Timestamp(microseconds: start.microseconds + 900)) != nil)
            #expect(bucket.take(at: start) != nil)
        }
    }

    @Test("nothing is limited unless it is set, and no class but the one that is")
    func classes() {
        let free = Throttle(RateLimits())
        #expect(!free.isActive && served(free, 10_000, in: mine, at: start) == 10_000 && free.bucketCount == 0)
        let throttle = Throttle(RateLimits([.read: 2, .write: 0]))
        #expect(served(throttle, 5, in: mine, at: start) == 2)
        for rateClass in RateClass.allCases where rateClass != .read {
            for _ in 0..<100 { #expect(wait(throttle, rateClass, in: mine, at: start) == nil) }
        }
    }

    @Test("every account has a rate of its own in every region")
    func places() {
        let throttle = Throttle(RateLimits([.read: 5]))
        for namespace in [mine, theirs, .example("1000000000000001", "cn-beijing")] {
            #expect(served(throttle, 20, in: namespace, at: start) == 5)
        }
    }

    @Test("what is set for one account holds for it alone, and only for the classes that it names")
    func overrides() {
        let throttle = Throttle(RateLimits([.read: 2, .write: 1], ofAccounts: [theirs.account: [.read: 9]], burst: 2))
        #expect(served(throttle, 50, in: mine, at: start) == 4)
        #expect(served(throttle, 50, in: theirs, at: start) == 18)
        #expect((0..<9).count { _ in wait(throttle, .write, in: theirs, at: start) == nil } == 2)
        let only = Throttle(RateLimits(ofAccounts: [theirs.account: [.read: 1]]))
        #expect(served(only, 50, in: mine, at: start) == 50 && served(only, 50, in: theirs, at: start) == 1)
        let lifted = Throttle(RateLimits([.read: 1], ofAccounts: [theirs.account: [.read: 0]]))
        #expect(served(lifted, 50, in: theirs, at: start) == 50)
    }

    @Test("an account far beyond its limit takes nothing from another, moment by moment")
    func fairness() {
        let throttle = Throttle(RateLimits([.read: 100]), partCount: 1)
        #expect(served(throttle, 100, in: theirs, at: start) == 100)
        for step in 1...200 as ClosedRange<Int64> {
            let now = Timestamp(microseconds: start.microseconds + step * 10_000)
            _ = served(throttle, 500, in: mine, at: now)
            #expect(served(throttle, 1, in: theirs, at: now) == 1)
        }
    }

    @Test("unused buckets go, and who comes back has neither gained nor lost")
    func forgetting() {
        let throttle = Throttle(RateLimits([.read: 3]), partCount: 4)
        for number in 1...5_000 { #expect(served(throttle, 1, in: .example("\(number)"), at: start) == 1) }
        #expect(throttle.bucketCount == 5_000)
        var now = start
        for _ in 0..<4 {
            now = now.adding(seconds: 4)
            for number in 1...100 { #expect(served(throttle, 9, in: .example("\(number)"), at: now) == 3) }
        }
        #expect(throttle.bucketCount <= 200)
        #expect(served(throttle, 9, in: .example("4000"), at: now) == 3)
    }

    @Test("forgetting changes no decision: a lone bucket that is never forgotten decides the same")
    func forgettingIsInvisible() {
        var random = SeededGenerator(seed: 11)
        let throttle = Throttle(RateLimits([.read: 2], burst: 3), partCount: 1)
        var bucket = TokenBucket(rate: 2, burst: 3, at: start)
        var now = start
        for _ in 0..<5_000 {
            now = Timestamp(microseconds: now.microseconds + Int64.random(in: 0...1_500_000, using: &random))
            if Bool.random(using: &random) { now = Timestamp(microseconds: now.microseconds - 700_000) }
            // Others keep the part turning.
            _ = served(throttle, 1, in: theirs, at: now)
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                #expect((wait(throttle, in: mine, at: now) == nil) == (bucket.take(at: now) == nil))
            }
        }
    }

    @Test("threads together get what one would get: never more than the burst and the rate times the time")
    func concurrency() async {
        let throttle = Throttle(RateLimits([.read: 1_000], burst: 2))
        let clock = ManualClock(start)
        func hammer(_ count: Int) async -> Int {
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask { (0..<count).count { _ in wait(throttle, in: mine, at: clock.now()) == nil } }
                }
                return await group.reduce(0, +)
            }
        }
        #expect(await hammer(1_000) == 2_000)
        clock.advance(microseconds: 250_000)
        #expect(await hammer(1_000) == 250)
        // While the clock moves: what was served in all fits into what has flowed in.
        let served = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                for _ in 0..<400 {
                    clock.advance(microseconds: 500)
                    await Task.yield()
                }
                return 0
            }
            for _ in 0..<4 {
                group.addTask { (0..<5_000).count { _ in wait(throttle, in: mine, at: clock.now()) == nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(served <= 200)
    }

    @Test("a request beyond the rate is refused before anything is done, and recorded")
    func doorway() async throws {
        let bench = try Bench(rates: RateLimits([.keyCreation: 2, .read: 1]))
        _ = try await bench.makeKey()
        _ = try await bench.makeKey()
        do {
            try await bench.call("CreateKey")
            Issue.record("the third key was made")
        } catch {
            #expect(error.status == 429 && error.code == "Rejected.Throttling")
            #expect(error.message == "QPS Limit Exceeded" && error.retryAfter == 500)
        }
        let records = bench.audit.records
        #expect(records.count == 3 && records[2].errorCode == "Rejected.Throttling" && records[2].key == nil)
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(2))
        #expect(await bench.code("ListKeys") == "Rejected.Throttling")
        // Senseless parameters count like others, and the limit comes first.
        #expect(await bench.code("CreateKey", ["KeySpec": "none"]) == "Rejected.Throttling")
        bench.clock.advance(microseconds: 500_000)
        #expect(await bench.code("CreateKey", ["KeySpec": "none"]) == "InvalidParameter")
        #expect(await bench.code("CreateKey") == "Rejected.Throttling")
        #expect(await bench.code("CreateKey", in: theirs) == nil)
    }

    @Test("the class of every operation is the documented one")
    func table() {
        let expected: [RateClass: [String]] = [
            .keyCreation: ["CreateKey"],
            .symmetric: [
                "Decrypt", "Encrypt", "ExportDataKey", "GenerateAndExportDataKey", "GenerateDataKey",
                "GenerateDataKeyWithoutPlaintext", "ReEncrypt",
            ],
            .asymmetric: [
                "AsymmetricDecrypt", "AsymmetricEncrypt", "AsymmetricSign", "AsymmetricVerify",
                "CertificatePrivateKeyDecrypt", "CertificatePrivateKeySign", "CertificatePublicKeyEncrypt",
                "CertificatePublicKeyVerify", "CreateCertificateSigningRequest",
            ],
            .read: [
                "DescribeCertificate", "DescribeKey", "DescribeKeyVersion", "DescribeRegions", "GetCertificate",
                "GetPublicKey", "ListAliases", "ListAliasesByKeyId", "ListKeyVersions", "ListKeys", "ListTagResources",
            ],
            .write: [
                "CancelKeyDeletion", "CreateAlias", "CreateCertificate", "CreateKeyVersion", "DeleteAlias",
                "DeleteCertificate", "DeleteKeyMaterial", "DisableKey", "EnableKey", "GetParametersForImport",
                "ImportKeyMaterial", "ScheduleKeyDeletion", "SetDeletionProtection", "TagResource", "TagResources",
                "UntagResource", "UntagResources", "UpdateAlias", "UpdateCertificateStatus", "UpdateKeyDescription",
                "UpdateRotationPolicy", "UploadCertificate",
            ],
            .tagListing: ["ListResourceTags"],
            .account: ["DescribeAccountKmsStatus", "OpenKmsService"],
        ]
        let catalogue = Catalogue.kms()
        let found = Dictionary(grouping: catalogue.names) { catalogue.entry(named: $0)?.rateClass }
        for rateClass in RateClass.allCases { #expect(found[rateClass] == expected[rateClass]) }
        #expect(Catalogue.Entry(named: "CreateUser", run: { _, _, _ in Done() }).rateClass == .access)
    }
}
