import Foundation
import Testing

/// One test of a file in `Vectors`: its fields by name, bytes in hexadecimal.
struct PublishedVector: Sendable {
    private let fields: [String: String]

    /// The vectors of a file, whose first line names the fields.
    static func all(of file: String) throws -> [PublishedVector] {
        let url = try #require(Bundle.module.url(forResource: file, withExtension: "txt", subdirectory: "Vectors"))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        let names = try #require(lines.first).split(separator: " ").dropFirst().map(String.init)
        return lines.dropFirst().map { line in
            let values = line.split(separator: " ").map(String.init)
            return PublishedVector(fields: Dictionary(uniqueKeysWithValues: zip(names, values)))
        }
    }

    func text(_ name: String) throws -> String { try #require(fields[name]) }

    func bytes(_ name: String) throws -> [UInt8] {
        let text = try text(name)
        return text == "-" ? [] : hex(text)
    }
}

/// The `openssl` program, an implementation of its own of what the tests compare with; nil where it is not installed.
struct OpenSSLProgram: Sendable {
    static let installed = ["/usr/bin/openssl", "/usr/local/bin/openssl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
        .map { OpenSSLProgram(path: $0) }

    private let path: String

    /// Runs the program; what it wrote, and whether it ended well.
    func run(_ arguments: [String]) throws -> (output: [UInt8], isSuccess: Bool) {
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
final class ScratchFolder: Sendable {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("keyhold-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of a file with this content.
    func file(_ name: String, _ content: [UInt8]) throws -> String {
        let file = url.appendingPathComponent(name)
        try Data(content).write(to: file)
        return file.path
    }
}
