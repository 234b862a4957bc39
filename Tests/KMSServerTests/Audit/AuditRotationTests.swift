import FoundationEssentials
import KMSAccess
import KMSCore
import KMSTestKit
import Testing

@testable import KMSServer

@Suite struct AuditRotationTests {
    private let bench: AuditBench

    init() throws { bench = try AuditBench() }

    private func write(_ numbers: ClosedRange<UInt64>, to log: FileAuditLog) throws {
        for number in numbers { try log.write(bench.record(number)) }
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted()
    }

    @Test("a full file is set aside, and the chains go on in the next one")
    func size() async throws {
        let log = try await bench.open(AuditOptions(eventLoops: 2, fileSize: 20_000))
        for round in 0..<3 {
            try write(UInt64(round * 100 + 1)...UInt64(round * 100 + 40), to: log)
            #expect(await log.tend().isEmpty)
        }
        #expect(try names() == ["audit-000001.jsonl", "audit-000002.jsonl", "audit-000003.jsonl", "audit.jsonl"])
        #expect(try bench.lines().requests.count == 120)
        let report = try await bench.verify()
        #expect(report.findings == [] && report.notes == [])
        // Every lane begins its part of a file by telling how far it had come.
        let first = try String(contentsOfFile: bench.files()[1], encoding: .utf8).split(separator: "\n").map(
            String.init
        )
        #expect(first.kinds.prefix(3) == [.file, .file, .file])
    }

    @Test(
        "a part of the files is verified for itself, MACs included, if the reader asks for a part",
        arguments: [UInt32(1), 2]
    )
    func archived(generation: UInt32) async throws {
        let bench = try AuditBench(generation: generation)
        let log = try await bench.open(AuditOptions(fileSize: 20_000))
        for round in 0..<3 {
            for number in UInt64(round * 3_000 + 1)...UInt64(round * 3_000 + 1_200) {
                try log.write(bench.record(number))
            }
            _ = await log.tend()
        }
        let files = try Array(bench.files().dropFirst())
        let report = try await bench.verify(isPartial: true, files: files)
        #expect(report.findings == [] && report.checkpoints > 2)
        #expect(try await !bench.verify(files: files).isWhole)
    }

    @Test("a file that is missing, or two that changed places, are found")
    func missingFile() async throws {
        let log = try await bench.open(AuditOptions(fileSize: 20_000))
        for round in 0..<3 {
            try write(UInt64(round * 100 + 1)...UInt64(round * 100 + 40), to: log)
            _ = await log.tend()
        }
        let files = try bench.files()
        for index in files.indices {
            let rest = Array(files[..<index] + files[(index + 1)...])
            #expect(try await !bench.verify(hasRoot: false, files: rest).isWhole, "without file \(index)")
        }
        let swapped = [files[0], files[2], files[1], files[3]]
        #expect(try await !bench.verify(hasRoot: false, files: swapped).isWhole)
    }

    @Test("a new day begins a new file where that is asked for, and no other hour does")
    func daily() async throws {
        let log = try await bench.open(AuditOptions(isDaily: true))
        bench.time.set(Timestamp(seconds: 1_800_000_000 + 86_400))
        _ = await log.tend()
        let count = try names().count
        bench.time.set(Timestamp(seconds: 1_800_000_000 + 86_400 + 3_600))
        _ = await log.tend()
        #expect(try names().count == count)
        bench.time.set(Timestamp(seconds: 1_800_000_000 + 2 * 86_400))
        _ = await log.tend()
        #expect(try names().count == count + 1)
        #expect(try await bench.verify().findings == [])
    }

    @Test("a server that starts right after files changed, or in the midst of it, finds how the last one ended")
    func restart() async throws {
        for round in 0..<3 {
            let log = try await bench.open(AuditOptions(eventLoops: 2, fileSize: 10_000))
            #expect(log.loss == nil)
            try write(UInt64(round * 100 + 1)...UInt64(round * 100 + 40), to: log)
            _ = await log.tend()
            // As a crash leaves it between the two steps of a change of files.
            if round == 1 { _ = try log.folder.setAside() }
        }
        #expect(try bench.lines().requests.count == 120)
        #expect(try await bench.verify().findings == [])
    }

    @Test("a file that somebody else moves away is followed by a new one within a second")
    func movedAway() async throws {
        let log = try await bench.open()
        try write(1...3, to: log)
        let moved = bench.folder.appending(path: "moved").path
        try FileManager.default.moveItem(atPath: bench.path, toPath: moved)
        try write(4...4, to: log)
        #expect(await log.tend().isEmpty)
        try write(5...5, to: log)
        #expect(try bench.lines().requests == [5])
        #expect(try await bench.verify(files: [moved, bench.path]).findings == [])
    }

    @Test("records that come while files change are in one of them, once")
    func concurrent() async throws {
        let log = try await bench.open(AuditOptions(eventLoops: 3, fileSize: 8_192))
        await withTaskGroup(of: Void.self) { tasks in
            for task in 0..<4 {
                tasks.addTask { [bench] in
                    for number in 0..<150 { try? log.write(bench.record(UInt64(task * 1_000 + number))) }
                }
            }
            for _ in 0..<20 { _ = await log.tend() }
        }
        _ = await log.tend()
        let expected = (0..<4).flatMap { task in (0..<150).map { UInt64(task * 1_000 + $0) } }
        #expect(try bench.lines().requests.sorted() == expected)
        #expect(try await bench.verify().findings == [])
    }

    @Test("only names that the trail gives are its files")
    func names() async throws {
        for name in [
            "audit-1.jsonl", "audit-000000.jsonl", "audit-0000001.jsonl", "audit-00000x.jsonl", "audit-.jsonl",
        ] {
            try Data("x\n".utf8).write(to: bench.folder.appending(path: name))
        }
        let log = try await bench.open(AuditOptions(fileSize: 1))
        _ = await log.tend()
        #expect(try AuditFolder(path: bench.path).numbers() == [1])
        #expect(try await bench.verify().findings == [])
    }
}
