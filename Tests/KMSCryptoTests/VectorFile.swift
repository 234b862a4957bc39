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
