private import Foundation
package import KMSCore

/// The worked example of a page in `Documentation/`: names and bytes from its code blocks.
package struct WorkedExample {
    private var values: [String: [UInt8]] = [:]

    package struct Missing: Error {
        let name: String
    }

    package init(page: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        let text = try String(contentsOf: root.appendingPathComponent("Documentation/\(page)"), encoding: .utf8)
        for block in text.components(separatedBy: "```").enumerated() where block.offset % 2 == 1 {
            var name: String?
            for line in block.element.split(separator: "\n").dropFirst() {
                if line.hasSuffix(":") {
                    name = String(line.dropLast())
                } else if let name {
                    values[name, default: []] += Self.bytes(line)
                }
            }
        }
    }

    /// The bytes under a name.
    package func callAsFunction(_ name: String) throws -> [UInt8] {
        guard let bytes = values[name] else { throw Missing(name: name) }
        return bytes
    }

    package func secret(_ name: String) throws -> SecretBytes { SecretBytes(copying: try self(name)) }

    /// The bytes of hexadecimal digits, whatever stands between them; a page that holds anything else has no such bytes.
    private static func bytes(_ line: Substring) -> [UInt8] {
        let digits = Array(line.utf8.filter { $0 != UInt8(ascii: " ") })
        return stride(from: 0, to: digits.count, by: 2).map { start in
            UInt8(String(decoding: digits[start..<min(start + 2, digits.count)], as: UTF8.self), radix: 16) ?? 0
        }
    }
}
