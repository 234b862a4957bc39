internal import Glibc
internal import KMSCore

/// Reads a file's lines from its end to its begin.
struct BackwardLines {
    private let path: String
    private let file: OpenFile
    /// Where the bytes begin that were not yet read.
    private var end: Int
    /// Lines that were read and not yet given, the last of them next.
    private var lines: [ArraySlice<UInt8>] = []
    /// The begin of a line whose end was in the chunk read before.
    private var rest: [UInt8] = []
    /// What follows the last newline of the file: nothing, or a line that was not written whole.
    let torn: [UInt8]

    private static let chunk = 1 << 20

    private final class OpenFile {
        let descriptor: Int32
        init?(_ path: String) {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            if descriptor < 0 { return nil }
        }
        deinit { _ = close(descriptor) }
    }

    /// Nil where there is no such file, or it is none that has an end.
    init?(path: String) throws(AuditError) {
        guard let file = OpenFile(path) else {
            if errno == ENOENT { return nil }
            throw AuditError("opening \(path): \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.path = path
        self.file = file
        end = Int(status.st_size)
        var tail: [UInt8] = []
        while end > 0 {
            let start = max(0, end - Self.chunk)
            let bytes = try Self.read(file, path, from: start, count: end - start)
            if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) {
                tail = Array(bytes[(newline + 1)...]) + tail
                end = start + newline + 1
                break
            }
            tail = bytes + tail
            end = start
        }
        torn = tail
    }

    /// The line before, without its newline; nil at the begin of the file.
    mutating func next() throws(AuditError) -> ArraySlice<UInt8>? {
        while lines.isEmpty {
            guard end > 0 else { return nil }
            let start = max(0, end - Self.chunk)
            let bytes = try Self.read(file, path, from: start, count: end - start) + rest
            end = start
            let first = start == 0 ? 0 : bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            lines = bytes[first...].split(separator: UInt8(ascii: "\n"))
            rest = Array(bytes[..<first])
        }
        return lines.removeLast()
    }

    private static func read(
        _ file: OpenFile,
        _ path: String,
        from start: Int,
        count: Int
    ) throws(AuditError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var offset = 0
        while offset < count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                pread(file.descriptor, buffer.baseAddress! + offset, count - offset, off_t(start + offset))
            }
            if result < 0 && errno == EINTR { continue }
            guard result > 0 else { throw AuditError("reading \(path): \(String(cString: strerror(errno)))") }
            offset += result
        }
        return bytes
    }
}
