import FoundationEssentials
import Glibc
import KMSAccess
import KMSCore
import KMSTestKit
import Synchronization
import Testing

@testable import KMSServer

/// What happens when the trail cannot be written, and that it goes on afterwards.
@Suite(.serialized) struct AuditFailureTests {
    private let bench: AuditBench

    init() throws { bench = try AuditBench() }

    @Test("a device that is always full refuses at the start")
    func fullDevice() async throws {
        #expect(await bench.refusal(toOpen: "/dev/full")?.contains("No space left") == true)
        #expect(await bench.refusal(toOpen: bench.folder.path)?.contains("Is a directory") == true)
    }

    /// Whether this process may mount a file system; tested by mounting one.
    private static let mayMount: Bool = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyhold-mount-\(UUID().uuidString)")
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)) != nil else {
            return false
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=64k") == 0 else { return false }
        return umount2(folder.path, Int32(MNT_DETACH)) == 0
    }()

    /// A file system of 64 KiB, mounted for the time of `body`.
    private func withSmallDisk(_ body: (String) async throws -> Void) async throws {
        let folder = bench.folder.appending(path: "disk").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(folder, Int32(MNT_DETACH)) }
        try await body(folder)
    }

    @Test(
        "on a full disk work is refused until there is room; then the trail goes on, and every piece is told of",
        .enabled(if: mayMount, "mounting needs privileges")
    )
    func fullDisk() async throws {
        try await withSmallDisk { folder in
            let path = "\(folder)/audit.jsonl"
            let log = try await bench.open(path: path)
            var written: [UInt64] = []
            var number: UInt64 = 0
            while written.count < 1_000 {
                number += 1
                do { try log.write(bench.record(number)) } catch { break }
                written.append(number)
            }
            #expect(!written.isEmpty && written.count < 1_000)
            #expect(throws: AuditError.self) { try log.prepare() }
            #expect(throws: AuditError.self) { try log.write(bench.record(number)) }
            #expect(await !log.tend().isEmpty)
            // Room is made, as an operator does.
            try #require(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=512k") == 0)
            try log.prepare()
            try log.write(bench.record(5_000))
            #expect(await log.tend().isEmpty)
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
            #expect(lines.requests == written + [5_000])
            #expect(lines.kinds.contains(.resume))
            let report = try await bench.verify(files: [path])
            #expect(report.findings == [])
        }
    }

    @Test(
        "where the folder may not be written, the server does not start; once it may, it does",
        .enabled(if: mayMount, "mounting needs privileges")
    )
    func readOnlyFolder() async throws {
        try await withSmallDisk { folder in
            let path = "\(folder)/audit.jsonl"
            try #require(
                mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), "size=64k") == 0
            )
            #expect(await bench.refusal(toOpen: path)?.contains("Read-only") == true)
            try #require(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=64k") == 0)
            try await bench.open(path: path).write(bench.record(1))
            let report = try await bench.verify(files: [path])
            #expect(report.isWhole)
        }
    }

    @Test("a file that cannot be made when the old one is full leaves the old one in use")
    func noRoomForNextFile() async throws {
        let log = try await bench.open(AuditOptions(fileSize: 1))
        // A folder of that name is in the way.
        _ = try log.folder.setAside()
        #expect(!log.files.current.isInPlace())
        try FileManager.default.createDirectory(atPath: bench.path, withIntermediateDirectories: true)
        #expect(await !log.tend().isEmpty)
        try log.write(bench.record(1))
        try FileManager.default.removeItem(atPath: bench.path)
        #expect(await log.tend().isEmpty)
        try log.write(bench.record(2))
        #expect(try bench.lines().requests == [1, 2])
        #expect(try await bench.verify().findings == [])
    }

    @Test("answers wait for the disk together, and hear it when the disk fails")
    func groupSync() async throws {
        let calls = Mutex((count: 0, fails: false))
        let sync = GroupSync { () throws(AuditError) in
            usleep(2_000)
            let fails = calls.withLock { calls in
                calls.count += 1
                return calls.fails
            }
            if fails { throw AuditError("broken") }
        }
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<200 { tasks.addTask { try? await sync.wait() } }
        }
        let count = calls.withLock { $0.count }
        #expect((1..<200).contains(count))
        calls.withLock { $0.fails = true }
        await #expect(throws: AuditError.self) { try await sync.wait() }
        calls.withLock { $0.fails = false }
        try await sync.wait()
    }

    @Test("the setting makes answers wait, and only then")
    func isSynced() async throws {
        let plain = try await bench.open()
        #expect(!plain.isSynced)
        let synced = try await bench.open(AuditOptions(isSynced: true))
        #expect(synced.isSynced)
        try synced.write(bench.record(1))
        try await synced.sync()
    }
}
