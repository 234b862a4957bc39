internal import Glibc
package import KMSCore
internal import Synchronization

/// The audit trail as a file of JSON Lines (`Documentation/Audit.md`) that is only ever appended to.
///
/// A record is with the operating system when ``write(_:)`` returns: it survives the end of this process, not the
/// loss of power; what a change must not lose is in the change's own transaction and comes back by
/// ``catchUp(with:)``.
package final class FileAuditLog: AuditLog {
    private enum State {
        case open(AppendOnlyFile)
        case failed
    }

    private let path: String
    private let state: Mutex<State>

    /// Opens the file, or makes it, readable by its owner alone.
    package init(path: String) throws(AuditError) {
        self.path = path
        state = Mutex(.open(try AppendOnlyFile(path: path)))
    }

    package func prepare() throws(AuditError) {
        try state.withLock { state throws(AuditError) in
            guard case .failed = state else { return }
            state = .open(try AppendOnlyFile(path: path))
        }
    }

    package func write(_ record: AuditRecord) throws(AuditError) {
        var line = record.line
        line.append(UInt8(ascii: "\n"))
        try append(line)
    }

    /// Appends the records of changes that were committed before a crash kept them from the trail, and says so to
    /// the outbox. To be called before the first request.
    package func catchUp(with outbox: some AuditOutbox) async throws {
        let waiting = try await outbox.unacknowledgedAuditLines()
        guard !waiting.isEmpty else { return }
        let present = try AuditTail(path: path).requestIDs(since: waiting.map(\.line))
        for (requestID, line) in waiting {
            if !present.contains(requestID) { try append(line + [UInt8(ascii: "\n")]) }
            outbox.acknowledgeAudit(of: requestID)
        }
    }

    private func append(_ bytes: [UInt8]) throws(AuditError) {
        try state.withLock { state throws(AuditError) in
            guard case .open(let file) = state else { throw AuditError("\(path) could not be written before") }
            do throws(AuditError) { try file.append(bytes) } catch {
                // Opened anew by prepare(), which also closes the line that is now torn.
                state = .failed
                throw error
            }
        }
    }
}

/// An open file whose every write goes to its end.
private final class AppendOnlyFile: Sendable {
    private let descriptor: Int32
    private let path: String

    init(path: String) throws(AuditError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AuditError("opening \(path): \(Self.reason(errno))") }
        if try isLastLineTorn() { try append([UInt8(ascii: "\n")]) }
    }

    deinit { _ = close(descriptor) }

    func append(_ bytes: [UInt8]) throws(AuditError) {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw AuditError("writing \(path): \(Self.reason(errno))") }
            offset += written
        }
    }

    private func isLastLineTorn() throws(AuditError) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw AuditError("reading \(path): \(Self.reason(errno))") }
        // Only a regular file has an end that can be looked at.
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return false }
        var last: UInt8 = 0
        guard pread(descriptor, &last, 1, status.st_size - 1) == 1 else {
            throw AuditError("reading \(path): \(Self.reason(errno))")
        }
        return last != UInt8(ascii: "\n")
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
