internal import Glibc
internal import KMSCore

/// An open file of the trail, whose every write goes to its end, in one piece or not at all unless it fails.
final class AuditFile: Sendable {
    /// A write that failed, and how much of it is in the file all the same.
    struct Failure: Error {
        let written: Int
        let reason: String
    }

    let path: String
    private let descriptor: Int32

    /// Opens the file, or makes it, readable by its owner alone.
    init(path: String) throws(AuditError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AuditError("opening \(path): \(Self.reason())") }
    }

    deinit { _ = close(descriptor) }

    /// Many threads may append at once: the kernel puts each write behind the one before it.
    func append(_ bytes: [UInt8]) throws(Failure) {
        while true {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written == bytes.count { return }
            if written < 0 && errno == EINTR { continue }
            // The rest would come behind what others have written meanwhile.
            let reason = written < 0 ? Self.reason() : "the disk is full"
            throw Failure(written: max(written, 0), reason: "writing \(path): \(reason)")
        }
    }

    /// In bytes.
    func size() throws(AuditError) -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw AuditError("reading \(path): \(Self.reason())") }
        return Int64(status.st_size)
    }

    /// Whether the path still leads to this file.
    func isInPlace() -> Bool {
        var (mine, other) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && stat(path, &other) == 0 && mine.st_ino == other.st_ino
            && mine.st_dev == other.st_dev
    }

    /// When something was last written to it.
    func lastWritten() throws(AuditError) -> Timestamp {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw AuditError("reading \(path): \(Self.reason())") }
        return Timestamp(seconds: Int64(status.st_mtim.tv_sec))
    }

    /// Returns when the disk has everything that was written.
    func sync() throws(AuditError) {
        guard fdatasync(descriptor) == 0 else { throw AuditError("syncing \(path): \(Self.reason())") }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
