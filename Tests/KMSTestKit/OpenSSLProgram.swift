internal import Foundation

/// The `openssl` program, an implementation of its own of what the tests compare with; nil where it is not installed.
package struct OpenSSLProgram: Sendable {
    package static let installed = ["/usr/bin/openssl", "/usr/local/bin/openssl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
        .map { OpenSSLProgram(path: $0) }

    private let path: String

    /// Runs the program; what it wrote, and whether it ended well.
    package func run(_ arguments: [String]) throws -> (output: [UInt8], isSuccess: Bool) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (Array(output), process.terminationStatus == 0)
    }
}

/// Files for other programs to read, gone when the owner is.
package final class ScratchFolder: Sendable {
    private let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("keyhold-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    package func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// The path of a file with this content.
    package func file(_ name: String, _ content: [UInt8]) throws -> String {
        try Data(content).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    package func text(of name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
}
