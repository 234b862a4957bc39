internal import Glibc
internal import KMSCore

/// Small files in a folder of the server's own, each written whole, synced and readable by its user alone.
struct ProtectedFolder: Sendable {
    let path: String

    /// Why a file could not be read or written, in words for the operator.
    struct Failure: Error {
        let description: String

        /// Says what went wrong by the number that the last system call left.
        static func system(_ action: String, _ path: String) -> Failure {
            Failure(description: "\(path) could not be \(action): \(unsafe String(cString: strerror(errno))).")
        }
    }

    func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

    /// The content of a file that must have exactly `byteCount` bytes, or nil where there is none.
    ///
    /// - Throws: also where somebody else owns the file or may read it, or where it is no regular file.
    func read(_ name: String, byteCount: Int, isSecret: Bool) throws(Failure) -> SecretBytes? {
        let path = path(of: name)
        let file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        if file < 0 && errno == ENOENT { return nil }
        guard file >= 0 else { throw .system("opened", path) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw .system("examined", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "\(path) is not a regular file.")
        }
        guard !isSecret || status.st_mode & 0o077 == 0 else {
            throw Failure(description: "\(path) may be read by other users. Take that right away: chmod 600 \(path)")
        }
        guard !isSecret || status.st_uid == geteuid() || status.st_uid == 0 else {
            throw Failure(description: "\(path) belongs to another user. It must belong to the user of the server.")
        }
        guard status.st_size == byteCount else {
            throw Failure(
                description: "\(path) has \(status.st_size) bytes where \(byteCount) are expected. "
                    + "It was damaged, or is another program's."
            )
        }
        return try SecretBytes(byteCount: byteCount) { output throws(Failure) in
            let isRead = unsafe output.withUnsafeMutableBytes { buffer, count in
                while count < byteCount {
                    let part = unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: count), byteCount - count)
                    if part < 0 && errno == EINTR { continue }
                    guard part > 0 else { return false }
                    count += part
                }
                return true
            }
            guard isRead else { throw .system("read", path) }
        }
    }

    /// Writes a file that does not exist yet, or leaves the one that does; true if it was written.
    ///
    /// The file appears whole or not at all: it is written and synced under `temporaryName` and then linked, which
    /// fails where the name is taken, as O_EXCL does, but never shows a file that is half written.
    func create(_ name: String, _ content: borrowing SecretBytes, temporaryName: String) throws(Failure) -> Bool {
        let temporary = path(of: temporaryName)
        try write(temporary, content)
        defer { unsafe unlink(temporary) }
        guard unsafe link(temporary, path(of: name)) == 0 else {
            if errno == EEXIST { return false }
            throw .system("created", path(of: name))
        }
        try syncFolder()
        return true
    }

    /// Writes a file in the place of the one that is there: the name leads to the one or to the other, each whole.
    func replace(_ name: String, _ content: borrowing SecretBytes, temporaryName: String) throws(Failure) {
        let temporary = path(of: temporaryName)
        try write(temporary, content)
        guard unsafe rename(temporary, path(of: name)) == 0 else {
            let failure = Failure.system("replaced", path(of: name))
            unsafe unlink(temporary)
            throw failure
        }
        try syncFolder()
    }

    private func write(_ path: String, _ content: borrowing SecretBytes) throws(Failure) {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system("created", path) }
        defer { close(file) }
        let isWritten = content.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { buffer in
                var count = 0
                while count < buffer.count {
                    let part = unsafe Glibc.write(file, buffer.baseAddress?.advanced(by: count), buffer.count - count)
                    if part < 0 && errno == EINTR { continue }
                    guard part > 0 else { return false }
                    count += part
                }
                return fsync(file) == 0
            }
        }
        guard isWritten else {
            let failure = Failure.system("written", path)
            unsafe unlink(path)
            throw failure
        }
    }

    private func syncFolder() throws(Failure) {
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw .system("opened", path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw .system("synced", path) }
    }
}
