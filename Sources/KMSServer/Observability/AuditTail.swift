internal import Glibc
internal import KMSCore

/// Reads a trail backwards, to find which records it already has.
struct AuditTail {
    let path: String

    /// How far back from the oldest line looked for the search goes: records are ordered by when they were written,
    /// their times say when the requests arrived.
    private static let margin: Int64 = 3_600
    private static let chunk = 1 << 20

    /// The ids of the records that are not clearly older than all of `lines`.
    func requestIDs(since lines: [[UInt8]]) throws(AuditError) -> Set<UUIDBytes> {
        let oldest = lines.compactMap { Header($0[...])?.time }.min()
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AuditError("opening \(path): \(String(cString: strerror(errno)))") }
        defer { _ = close(descriptor) }
        var found = Set<UUIDBytes>()
        var end = lseek(descriptor, 0, SEEK_END)
        // The begin of a line whose end was in the chunk read before.
        var rest: [UInt8] = []
        while end > 0 {
            let start = max(0, end - Int(Self.chunk))
            var bytes = try read(descriptor, from: start, count: end - start)
            bytes.append(contentsOf: rest)
            let isWhole = start == 0
            let firstBreak = isWhole ? -1 : bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            for line in bytes.dropFirst(firstBreak + 1).split(separator: UInt8(ascii: "\n")) {
                if let header = Header(line) { found.insert(header.requestID) }
            }
            rest = Array(bytes.prefix(max(0, firstBreak)))
            let first = bytes.dropFirst(firstBreak + 1).prefix { $0 != UInt8(ascii: "\n") }
            if let oldest, let time = Header(first)?.time, time.adding(seconds: Self.margin) < oldest { break }
            end = start
        }
        return found
    }

    private func read(_ descriptor: Int32, from start: Int, count: Int) throws(AuditError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var offset = 0
        while offset < count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress! + offset, count - offset, start + offset)
            }
            if result < 0 && errno == EINTR { continue }
            guard result > 0 else { throw AuditError("reading \(path): \(String(cString: strerror(errno)))") }
            offset += result
        }
        return bytes
    }

    /// Time, to the second, and request id of a line, which stand at its begin in fixed width (`AuditRecord.line`).
    private struct Header {
        let time: Timestamp
        let requestID: UUIDBytes

        private static let beforeTime = Array(#"{"v":1,"time":""#.utf8)
        private static let beforeID = Array(#"Z","requestId":""#.utf8)

        init?(_ line: ArraySlice<UInt8>) {
            var line = line
            guard line.starts(with: Self.beforeTime) else { return nil }
            line = line.dropFirst(Self.beforeTime.count)
            // 2026-01-31T23:59:59.123456
            let time = line.prefix(19)
            line = line.dropFirst(26)
            guard line.starts(with: Self.beforeID),
                let requestID = UUIDBytes(text: line.dropFirst(Self.beforeID.count).prefix(36)),
                let time = Timestamp(text: time + [UInt8(ascii: "Z")])
            else { return nil }
            self.time = time
            self.requestID = requestID
        }
    }
}
