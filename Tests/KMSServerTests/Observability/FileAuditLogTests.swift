import FoundationEssentials
import KMSCore
import Synchronization
import Testing

@testable import KMSServer

@Suite struct FileAuditLogTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "keyhold-\(UUID().uuidString)")
    private var path: String { folder.appending(path: "audit.jsonl").path }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func record(_ number: UInt64, at seconds: Int64 = 1_800_000_000, source: String = "192.0.2.1")
        -> AuditRecord
    {
        AuditRecord(
            time: Timestamp(seconds: seconds),
            requestID: UUIDBytes(high: 9, low: number),
            account: nil,
            principal: nil,
            accessKeyID: nil,
            region: nil,
            source: source,
            action: "unknown",
            resources: [],
            key: nil,
            version: nil,
            outcome: .refused,
            errorCode: "X",
            duration: 1
        )
    }

    private func lines() throws -> [String] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.isEmpty || text.hasSuffix("\n"))
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    private func line(_ record: AuditRecord) -> String { String(decoding: record.line, as: UTF8.self) }

    /// An outbox that keeps what it was told.
    private final class Outbox: AuditOutbox {
        private let records: [AuditRecord]
        private let told = Mutex<[UUIDBytes]>([])
        var acknowledged: [UUIDBytes] { told.withLock { $0 } }

        init(_ records: [AuditRecord]) { self.records = records }

        func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] {
            records.map { ($0.requestID, $0.line) }
        }
        func acknowledgeAudit(of requestID: UUIDBytes) { told.withLock { $0.append(requestID) } }
    }

    @Test("a record is a line in the file when write returns; the file is its owner's alone")
    func writes() throws {
        let log = try FileAuditLog(path: path)
        try log.write(record(1))
        try log.write(record(2, source: "a\nb\u{0}"))
        #expect(try lines() == [line(record(1)), line(record(2, source: "a\nb\u{0}"))])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("a trail is continued, and a line torn by a crash is closed")
    func tornLine() throws {
        try Data((line(record(1)) + "\n{\"v\":1,\"ti").utf8).write(to: URL(filePath: path))
        try FileAuditLog(path: path).write(record(2))
        #expect(try lines() == [line(record(1)), "{\"v\":1,\"ti", line(record(2))])
    }

    @Test("lines of many threads do not mix")
    func concurrent() async throws {
        let log = try FileAuditLog(path: path)
        await withTaskGroup(of: Void.self) { tasks in
            for task in 0..<8 {
                tasks.addTask {
                    for number in 0..<200 { try? log.write(self.record(UInt64(task * 1_000 + number))) }
                }
            }
        }
        var expected: Set<String> = []
        for task in 0..<8 {
            for number in 0..<200 { expected.insert(line(record(UInt64(task * 1_000 + number)))) }
        }
        let found = try lines()
        #expect(found.count == 1_600 && Set(found) == expected)
    }

    @Test("a trail that fails refuses until prepare opens it anew")
    func failure() throws {
        let full = try FileAuditLog(path: "/dev/full")
        try full.prepare()
        #expect(throws: AuditError.self) { try full.write(record(1)) }
        #expect(throws: AuditError.self) { try full.write(record(1)) }
        // The device opens again, and fails again: prepare alone cannot know.
        try full.prepare()
        #expect(throws: AuditError.self) { try full.write(record(1)) }
        #expect(throws: AuditError.self) { _ = try FileAuditLog(path: folder.path) }
    }

    @Test("records of committed changes that the trail lacks are appended once, all are acknowledged")
    func catchUp() async throws {
        let log = try FileAuditLog(path: path)
        try log.write(record(1))
        let outbox = Outbox([record(1), record(2), record(3)])
        try await log.catchUp(with: outbox)
        #expect(try lines() == [line(record(1)), line(record(2)), line(record(3))])
        #expect(outbox.acknowledged.map(\.low) == [1, 2, 3])
        try await FileAuditLog(path: path).catchUp(with: outbox)
        #expect(try lines().count == 3)
    }

    @Test("a record is found however much was written after it, and a torn copy of it does not count")
    func longTrail() async throws {
        let log = try FileAuditLog(path: path)
        try log.write(record(1, at: 1_800_000_000))
        let padding = String(repeating: "s", count: 4_000)
        for number in 0..<800 {
            try log.write(record(UInt64(100 + number), at: 1_800_000_000 + Int64(number) * 60, source: padding))
        }
        let torn = String(line(record(2)).prefix(70))
        let file = try #require(FileHandle(forAppending: path))
        file.append(torn)
        let reopened = try FileAuditLog(path: path)
        try await reopened.catchUp(with: Outbox([record(1), record(2), record(850), record(5_000)]))
        let found = try lines()
        #expect(found.count == 804)
        #expect(found.suffix(2) == [line(record(2)), line(record(5_000))])
    }
}

/// Appends text to a file, as a process does that dies in the middle of a line.
private struct FileHandle {
    let path: String
    init?(forAppending path: String) { self.path = path }

    func append(_ text: String) {
        guard let before = try? Data(contentsOf: URL(filePath: path)) else { return }
        try? (before + Data(text.utf8)).write(to: URL(filePath: path))
    }
}
