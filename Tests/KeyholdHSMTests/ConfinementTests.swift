import Foundation
import KMSCore
import KMSProtection
import KMSTestKit
import Testing

/// What the process gives up, and whom it does not listen to.
@Suite("The confinement of the key process")
struct ConfinementTests {
    @Test("what a confined process tries is refused, or is its end")
    func attempts() throws {
        let (output, status) = try KeyProcess.run(["check-confinement"])
        #expect(status == 0)
        let lines = output.split(separator: "\n")
        #expect(lines.count == 10)
        for line in lines { #expect(line.hasSuffix(": refused") || line.hasSuffix(": killed"), "\(line)") }
        for name in ["open a file", "make a network socket", "execute a program", "be traced"] {
            #expect(lines.contains { $0.hasPrefix(name) })
        }
    }

    @Test("what is no request closes its connection, and the process serves on")
    func nonsense() async throws {
        let process = try KeyProcess()
        let vault = process.vault(KeptTables())
        let node = try await vault.status().node
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let count = Int.random(in: 0...64, using: &generator)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Half of them begin as a message does.
            if count > 10, Bool.random(using: &generator) {
                bytes.replaceSubrange(
                    0..<6,
                    with: [1, UInt8.random(in: 0...30, using: &generator), 0, 0, 0, UInt8(count - 10)]
                )
                bytes.replaceSubrange(6..<10, with: [0, 0, 0, 0])
            }
            let connection = try RawConnection(process.socket)
            connection.send(bytes)
        }
        #expect(process.isRunning)
        #expect(try await vault.status().node == node)
    }

    @Test("connections that say nothing leave room for others, as long as there are fewer than threads")
    func silence() async throws {
        let process = try KeyProcess()
        let silent = try (0..<12).map { _ in try RawConnection(process.socket) }
        for connection in silent { connection.send([1, 17]) }
        _ = try await process.vault(KeptTables()).status()
        #expect(silent.count == 12)
    }

    @Test("another user is not served", .enabled(if: geteuid() == 0))
    func anotherUser() async throws {
        let process = try KeyProcess()
        process.kill()
        try process.start(["--allow-uid", "65534"])
        do {
            _ = try await process.vault(KeptTables()).status()
            Issue.record("a user was served who is not allowed")
        } catch VaultError.unavailable {}
        #expect(process.isRunning)
    }

    @Test("a socket that is served already is left alone, and a folder that everybody may write to is refused")
    func socketFolder() throws {
        let process = try KeyProcess()
        let second = try KeyProcess.run(["--data", "\(process.folder)/other", "--socket", process.socket])
        #expect(second.status != 0 && second.output.contains("serves"))
        #expect(process.isRunning)
        let open = "\(process.folder)/open"
        try FileManager.default.createDirectory(atPath: open, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: open)
        let refused = try KeyProcess.run(["--data", "\(process.folder)/other", "--socket", "\(open)/s"])
        #expect(refused.status != 0 && refused.output.contains("everybody may write"))
    }
}

/// Bytes sent to a socket by hand.
private final class RawConnection {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    deinit { close(descriptor) }
}
