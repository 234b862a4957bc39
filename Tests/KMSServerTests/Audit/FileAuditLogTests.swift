import FoundationEssentials
import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@testable import KMSServer

@Suite struct FileAuditLogTests {
    private let bench: AuditBench

    init() throws { bench = try AuditBench() }

    @Test("a record is a line in the file when write returns; the file is its owner's alone")
    func writes() async throws {
        let log = try await bench.open()
        try log.write(bench.record(1))
        try log.write(bench.record(2, source: "a\nb\u{0}\",\"mac\":\""))
        let lines = try bench.lines()
        #expect(lines.requests == [1, 2])
        #expect(lines.kinds == [.start, .lane, .checkpoint, .checkpoint, .request, .request])
        for line in lines { #expect(line.hasSuffix("\"}") && AuditLine(line)?.members != nil) }
        let attributes = try FileManager.default.attributesOfItem(atPath: bench.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("a second of records ends with a signed checkpoint that the store knows")
    func checkpoints() async throws {
        let log = try await bench.open()
        for number in 1...3 { try log.write(bench.record(UInt64(number))) }
        #expect(await log.tend().isEmpty)
        // Nothing was written since: nothing is to be signed.
        let count = try bench.lines().count
        #expect(await log.tend().isEmpty)
        #expect(try bench.lines().count == count)
        let last = try #require(try bench.lines().last)
        #expect(bench.heads.heads.first { $0.place.lane == 0 }?.line == Array(last.utf8))
        let report = try await bench.verify()
        #expect(report.findings == [] && report.checkpoints == 3 && report.notes == [])
    }

    @Test("a thousand lines are signed without waiting for the second")
    func checkpointByCount() async throws {
        let log = try await bench.open()
        for number in 1...2_100 { try log.write(bench.record(UInt64(number))) }
        #expect(try bench.lines().kinds.count { $0 == .checkpoint } == 4)
        #expect(try await bench.verify().findings == [])
    }

    @Test("a start says how the one before it ended")
    func restart() async throws {
        for start in 1...3 {
            let log = try await bench.open()
            #expect(log.loss == nil)
            try log.write(bench.record(UInt64(start)))
            // Only the second server ends well.
            if start == 2 { _ = await log.tend(isLast: true) }
        }
        let report = try await bench.verify()
        #expect(report.findings == [] && report.starts == 3)
        #expect(try bench.lines().requests == [1, 2, 3])
        #expect(Set(try bench.lines().compactMap { AuditLine($0)?.place.node }).count == 1)
    }

    @Test("a line torn by a crash is closed, and told of by the next start")
    func tornLine() async throws {
        let log = try await bench.open()
        try log.write(bench.record(1))
        _ = await log.tend()
        let whole = try bench.lines()
        try bench.write(whole.map { "\($0)\n" }.joined() + String(whole[4].prefix(70)))
        #expect(try await !bench.verify().isWhole)
        try await bench.open().write(bench.record(2))
        let lines = try bench.lines()
        #expect(lines.requests == [1, 2])
        #expect(lines.contains(String(whole[4].prefix(70))))
        #expect(try await bench.verify().findings == [])
    }

    @Test("lines of many threads do not mix")
    func concurrent() async throws {
        let log = try await bench.open(AuditOptions(eventLoops: 3))
        await withTaskGroup(of: Void.self) { tasks in
            for task in 0..<8 {
                tasks.addTask { [bench] in
                    for number in 0..<200 { try? log.write(bench.record(UInt64(task * 1_000 + number))) }
                }
            }
            for _ in 0..<10 { _ = await log.tend() }
        }
        _ = await log.tend()
        let found = try bench.lines().requests
        let expected = (0..<8).flatMap { task in (0..<200).map { UInt64(task * 1_000 + $0) } }
        #expect(found.sorted() == expected)
        #expect(try await bench.verify().findings == [])
    }

    @Test("records of committed changes that the trail lacks are appended once, all are acknowledged")
    func catchUp() async throws {
        let log = try await bench.open()
        try log.write(bench.record(1))
        let outbox = Outbox([bench.record(1), bench.record(2), bench.record(3)])
        for _ in 0..<3 { _ = try await bench.open(outbox: outbox) }
        let lines = try bench.lines()
        #expect(lines.requests == [1, 2, 3])
        #expect(lines.kinds.filter { $0 == .recovered }.count == 2)
        #expect(outbox.acknowledged.map(\.low) == [1, 2, 3, 1, 2, 3, 1, 2, 3])
        // What the record says is what it would have said.
        let members = try #require(bench.record(2).line.split(separator: UInt8(ascii: ","), maxSplits: 1).last)
            .dropLast()
        let recovered = try #require(lines.first { AuditLine.request(of: Array($0.utf8)[...])?.requestID.low == 2 })
        #expect(recovered.contains(String(decoding: members, as: UTF8.self)))
        #expect(try await bench.verify().findings == [])
    }

    @Test("a record is found however much was written after it, and a torn copy of it does not count")
    func longTrail() async throws {
        let log = try await bench.open()
        try log.write(bench.record(1))
        let padding = String(repeating: "s", count: 4_000)
        for number in 0..<800 {
            let seconds = 1_800_000_000 + Int64(number) * 60
            try log.write(bench.record(UInt64(100 + number), at: seconds, source: padding))
        }
        let whole = try bench.lines().map { "\($0)\n" }.joined()
        let second = #"{"v":2,"node":"\#(UUIDBytes.zero)","start":1,"lane":0,"seq":9"#
        try bench.write(whole + second)
        let waiting = [1, 2, 850, 5_000].map { bench.record($0) }
        _ = try await bench.open(outbox: Outbox(waiting))
        let lines = try bench.lines()
        #expect(lines.requests.count == 803)
        #expect(lines.requests.suffix(2) == [2, 5_000])
        #expect(try await bench.verify().findings == [])
    }

    @Test("a trail of format 1 is continued in format 2, and its records are known")
    func firstFormat() async throws {
        func old(_ record: AuditRecord) -> [UInt8] {
            Array(
                String(decoding: record.line, as: UTF8.self).replacing(#"{"v":2"#, with: #"{"v":1"#, maxReplacements: 1)
                    .utf8
            )
        }
        try bench.write([String(decoding: old(bench.record(1)), as: UTF8.self)])
        let waiting = [1, 2].map { bench.record($0) }
        let outbox = Outbox(lines: waiting.map { ($0.requestID, old($0)) })
        let log = try await bench.open(outbox: outbox)
        try log.write(bench.record(3))
        #expect(try bench.lines().requests == [1, 2, 3])
        let report = try await bench.verify()
        #expect(report.findings == [])
        #expect(report.notes.contains("1 lines of format 1, which nothing protects"))
        try bench.write(try bench.lines() + [String(decoding: old(bench.record(4)), as: UTF8.self)])
        #expect(try await !bench.verify().isWhole)
    }

    @Test("when the store does not take the ends, they are given to it again")
    func storeFails() async throws {
        let log = try await bench.open()
        try log.write(bench.record(1))
        bench.heads.fail(with: .unavailable("no disk"))
        #expect(await log.tend().count == 1)
        bench.heads.fail(with: nil)
        #expect(await log.tend().isEmpty)
        #expect(bench.heads.heads.first { $0.place.lane == 0 }?.sequence == 4)
    }
}
