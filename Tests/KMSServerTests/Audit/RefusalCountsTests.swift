import KMSAccess
import KMSCore
import Testing

@testable import KMSServer

@Suite struct RefusalCountsTests {
    private let bench: AuditBench
    private static let start: Int64 = 1_800_000_000

    init() throws { bench = try AuditBench() }

    private func refusal(_ number: Int, source: String = "192.0.2.1", after seconds: Int64 = 0, code: String = "X")
        -> AuditRecord
    {
        bench.record(UInt64(number), at: Self.start + seconds, account: nil, source: source, code: code)
    }

    @Test("what comes beyond the limit is counted and told once when the minute is over")
    func flood() async throws {
        let log = try await bench.open(AuditOptions(refusalsPerSource: 3))
        for number in 1...10 {
            try log.write(refusal(number, after: Int64(number), code: number.isMultiple(of: 2) ? "A" : "B"))
        }
        #expect(await log.tend().isEmpty)
        #expect(try bench.lines().requests == [1, 2, 3])
        bench.time.set(Timestamp(seconds: Self.start + 60))
        _ = await log.tend()
        _ = await log.tend()
        let summaries = try bench.lines().compactMap { AuditLine($0) }.filter { $0.kind == .refusals }
        try #require(summaries.count == 1)
        let members = try #require(summaries[0].members)
        #expect(members["source"]?.text == "192.0.2.1" && members["count"]?.integer == 7)
        #expect(members["first"]?.text == "2027-01-15T08:00:04.000000Z")
        #expect(members["last"]?.text == "2027-01-15T08:00:10.000000Z")
        #expect(String(decoding: summaries[0].bytes, as: UTF8.self).contains(#""errorCodes":{"A":4,"B":3}"#))
        // A new minute, a new allowance.
        try log.write(refusal(11, after: 61))
        #expect(try bench.lines().requests == [1, 2, 3, 11])
        #expect(try await bench.verify().isWhole)
    }

    @Test("nothing of an identified caller is ever only counted")
    func identified() async throws {
        let log = try await bench.open(AuditOptions(refusalsPerSource: 1))
        for number in 1...50 { try log.write(bench.record(UInt64(number))) }
        #expect(try bench.lines().requests.count == 50)
    }

    @Test("what was counted when the server ends is told")
    func shutdown() async throws {
        let log = try await bench.open(AuditOptions(refusalsPerSource: 1))
        for number in 1...3 { try log.write(refusal(number)) }
        _ = await log.tend(isLast: true)
        #expect(try bench.lines().last.flatMap { AuditLine($0) }?.kind == .checkpoint)
        #expect(try bench.lines().kinds.count { $0 == .refusals } == 1)
    }

    @Test("sources beyond the number that is told apart share one allowance and one count")
    func manySources() {
        var counts = RefusalCounts(limit: 2)
        var admitted = 0
        for number in 0..<RefusalCounts.sourceLimit where counts.admits(refusal(1, source: "s\(number)")) {
            admitted += 1
        }
        for number in 0..<5_000 where counts.admits(refusal(1, source: "t\(number)")) { admitted += 1 }
        #expect(admitted == RefusalCounts.sourceLimit + 2)
        let due = counts.takeDue(at: Timestamp(seconds: Self.start + 60))
        #expect(due.map(\.source) == [RefusalCounts.others] && due.first?.count == 4_998)
        let again = counts.takeDue(at: Timestamp(seconds: Self.start + 60))
        #expect(again.isEmpty)
    }

    @Test("codes beyond the number that is told apart are counted together, and none is lost")
    func manyCodes() {
        var counts = RefusalCounts(limit: 1)
        for number in 0..<100 { _ = counts.admits(refusal(1, code: "C\(number)")) }
        let summary = counts.takeDue(at: Timestamp(seconds: Self.start + 60)).first
        #expect(summary?.errorCodes.count == 17 && summary?.errorCodes.values.reduce(0, +) == 99)
    }

    @Test("summaries that could not be written are told later, joined with what came since")
    func putBack() {
        var counts = RefusalCounts(limit: 1)
        for second in [0, 1, 60, 61, 62] { _ = counts.admits(refusal(1, after: Int64(second))) }
        counts.putBack(counts.takeDue(at: Timestamp(seconds: Self.start + 62)))
        let due = counts.takeDue(at: Timestamp(seconds: Self.start + 120))
        #expect(due.map(\.count) == [3])
        #expect(due.first?.first == Timestamp(seconds: Self.start + 1))
        #expect(due.first?.last == Timestamp(seconds: Self.start + 62))
    }

    @Test("a clock that is set back begins a new minute, one that trembles does not")
    func clock() {
        var counts = RefusalCounts(limit: 1)
        let admitted = [60, 59, 61, -3_600].map { counts.admits(refusal(1, after: $0)) }
        #expect(admitted == [true, false, false, true])
    }

    @Test(
        "an IPv6 source is its network, an IPv4 one its address however it came",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::1", "0:0:0:0::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1%eth0"), ("unknown", "unknown"), ("", ""),
        ]
    )
    func names(source: String, name: String) {
        #expect(RefusalCounts.name(of: source) == name)
    }
}
