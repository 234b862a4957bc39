internal import Foundation

/// Files of /proc, which have no size: Foundation's one call for a file's content takes the first page for the whole.
package enum SystemFile {
    package static func text(_ path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }
}
