internal import Glibc
package import KMSCore

/// The files of a trail: the one that is written, and beside it those that were full, by number.
///
/// `audit.jsonl` becomes `audit-000001.jsonl`, the next one `audit-000002.jsonl`.
package struct AuditFolder: Sendable {
    /// The file that is written.
    package let current: String
    private let folder: String
    /// What stands before and behind the number.
    private let (stem, suffix): (String, String)

    package init(path: String) {
        current = path
        let slash = path.lastIndex(of: "/")
        folder = slash.map { String(path[...$0]) } ?? "./"
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        (stem, suffix) = (name[..<dot] + "-", String(name[dot...]))
    }

    /// The path of the full file of that number.
    package func path(of number: Int) -> String {
        let digits = String(number)
        return folder + stem + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + suffix
    }

    /// The numbers of the files that are there, oldest first.
    package func numbers() throws(AuditError) -> [Int] {
        guard let directory = opendir(folder) else {
            throw AuditError("reading \(folder): \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var numbers: [Int] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasPrefix(stem), name.hasSuffix(suffix),
                let number = Int(name.dropFirst(stem.count).dropLast(suffix.count)), number > 0,
                folder + name == path(of: number)
            else { continue }
            numbers.append(number)
        }
        return numbers.sorted()
    }

    /// The paths of all files that may be there, the one that is written first.
    package func newestFirst() throws(AuditError) -> [String] {
        [current] + (try numbers()).reversed().map { path(of: $0) }
    }

    /// The paths of all files that are there.
    package func oldestFirst() throws(AuditError) -> [String] {
        let full = try numbers().map { path(of: $0) }
        return access(current, F_OK) == 0 ? full + [current] : full
    }

    /// Takes the file that is written out of the way, under the next number, which it returns.
    package func setAside() throws(AuditError) -> Int {
        let last = try numbers().last ?? 0
        guard rename(current, path(of: last + 1)) == 0 else {
            throw AuditError("renaming \(current): \(String(cString: strerror(errno)))")
        }
        return last + 1
    }

    /// Returns when the disk has the names.
    package func sync() throws(AuditError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AuditError("opening \(folder): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw AuditError("syncing \(folder): \(String(cString: strerror(errno)))") }
    }
}
