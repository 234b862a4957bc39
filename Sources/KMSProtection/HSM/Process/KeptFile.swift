internal import Glibc
internal import KMSCore

/// A small file of the key process that stays open, because the process opens no file once it serves.
struct KeptFile: ~Copyable {
    let path: String
    private let descriptor: Int32

    /// Opens the file, or makes it, readable by its owner alone.
    ///
    /// - Throws: also where somebody else owns it or may write to it, or where it is no regular file.
    static func open(_ path: String) throws(RootKeyError) -> KeptFile {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw RootKeyError("\(path) could not be opened: \(reason()).") }
        let file = KeptFile(path: path, descriptor: descriptor)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw RootKeyError("\(path) could not be examined: \(reason()).")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o022 == 0,
            status.st_uid == geteuid() || status.st_uid == 0
        else {
            throw RootKeyError(
                "\(path) must be a regular file that only the user of keyhold-hsm may write to: chown and chmod 600 it."
            )
        }
        return file
    }

    /// The file from its beginning.
    ///
    /// - Throws: where it has more than `limit` bytes.
    borrowing func read(limit: Int) throws(RootKeyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        guard count >= 0 else { throw RootKeyError("\(path) could not be read: \(Self.reason()).") }
        guard count <= limit else { throw RootKeyError("\(path) has more than \(limit) bytes.") }
        return Array(bytes.prefix(count))
    }

    /// Writes `bytes` to the beginning, and waits until the disk has them.
    borrowing func write(_ bytes: [UInt8]) throws(RootKeyError) {
        let count = unsafe bytes.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == bytes.count, fsync(descriptor) == 0 else {
            throw RootKeyError("\(path) could not be written: \(Self.reason()).")
        }
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }

    deinit { close(descriptor) }
}
