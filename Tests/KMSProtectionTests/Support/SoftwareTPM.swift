import Foundation

@testable import KMSProtection

/// A TPM 2.0 in software (swtpm) that is gone when its owner is.
final class SoftwareTPM {
    private let folder: TemporaryFolder
    private var process: Process

    struct Failure: Error {
        let said: String
    }

    init() throws {
        folder = try TemporaryFolder()
        process = try Self.start(in: folder.path)
    }

    deinit { kill() }

    /// How it is reached.
    var tcti: String { "swtpm:path=\(folder.path)/socket" }

    /// Takes it away without a farewell.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Loses power, and comes back.
    func restart() throws {
        kill()
        process = try Self.start(in: folder.path)
    }

    /// Runs a program of tpm2-tools on it.
    @discardableResult
    func tool(_ name: String, _ arguments: String...) throws -> String {
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tool.arguments = ["TPM2TOOLS_TCTI=\(tcti)", name] + arguments
        let output = Pipe()
        tool.standardOutput = output
        tool.standardError = output
        try tool.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        tool.waitUntilExit()
        guard tool.terminationStatus == 0 else { throw Failure(said: "\(name): \(said)") }
        return said
    }

    private static func start(in folder: String) throws -> Process {
        let socket = folder + "/socket"
        for path in [socket, socket + ".ctrl"] { unlink(path) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "swtpm", "socket", "--tpm2", "--tpmstate", "dir=\(folder)", "--server", "type=unixio,path=\(socket)",
            "--ctrl", "type=unixio,path=\(socket).ctrl", "--flags", "not-need-init,startup-clear",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Its sockets are there a moment before it listens to them.
        for _ in 0..<1_000 where !answers("swtpm:path=\(socket)") {
            guard process.isRunning else { throw Failure(said: "swtpm does not run: is it installed?") }
            usleep(10_000)
        }
        return process
    }

    private static func answers(_ tcti: String) -> Bool {
        do {
            let tpm = try TPM(tcti)
            return !tpm.name.isEmpty
        } catch { return false }
    }
}
