import Foundation

/// A server started for the time of the run.
final class ChildServer {
    let endpoint: Endpoint
    private let process: Process
    private let folder: URL?

    var processID: Int32 { process.processIdentifier }

    private init(endpoint: Endpoint, process: Process, folder: URL?) {
        self.endpoint = endpoint
        self.process = process
        self.folder = folder
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
        if let folder { try? FileManager.default.removeItem(at: folder) }
    }

    /// `keyhold-server dev` on a free port, with state of its own; ready when it has written its dev.env.
    static func startKeyhold(
        program: String,
        pinning: [String],
        accessKeyID: String,
        accessKeySecret: String
    ) async throws -> ChildServer {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyhold-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let arguments = [
            program, "dev", "--port", "0", "--tls-port", "0", "--data", folder.path, "--log-level", "error",
            "--access-key-id", accessKeyID, "--access-key-secret", accessKeySecret,
        ]
        let process = try start(pinning + arguments, output: FileHandle.nullDevice)
        let file = folder.appending(path: "dev.env")
        for _ in 0..<600 where process.isRunning {
            if let text = try? String(contentsOf: file, encoding: .utf8), let endpoint = endpoint(in: text) {
                return ChildServer(endpoint: endpoint, process: process, folder: folder)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        process.terminate()
        try? FileManager.default.removeItem(at: folder)
        throw BenchmarkFailure("\(program) did not start.")
    }

    /// This program again, as the server that answers a constant; its first line is its endpoint.
    static func startConstant(program: String, pinning: [String]) async throws -> ChildServer {
        let output = Pipe()
        let process = try start(pinning + [program, "--serve-constant"], output: output)
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard let endpoint = Endpoint(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            process.terminate()
            throw BenchmarkFailure("The constant server did not start.")
        }
        return ChildServer(endpoint: endpoint, process: process, folder: nil)
    }

    private static func start(_ command: [String], output: Any) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        try process.run()
        return process
    }

    private static func endpoint(in file: String) -> Endpoint? {
        let prefix = "KEYHOLD_ENDPOINT="
        return file.split(separator: "\n").first { $0.hasPrefix(prefix) }
            .flatMap { Endpoint(String($0.dropFirst(prefix.count))) }
    }
}
