internal import Glibc
internal import SystemPackage

/// Small files that only their owner may read, written whole or not at all.
enum PrivateFile {
    /// The bytes of a file, or nil where there is none.
    static func read(_ path: FilePath) throws -> [UInt8]? {
        let file: FileDescriptor
        do { file = try FileDescriptor.open(path, .readOnly) } catch Errno.noSuchFileOrDirectory { return nil }
        return try file.closeAfter {
            var bytes: [UInt8] = []
            while true {
                let piece = try [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
                    count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if piece.isEmpty { return bytes }
                bytes += piece
            }
        }
    }

    /// Replaces a file: a reader sees the old bytes or the new ones, and after a crash there is one or the other.
    static func write(_ bytes: [UInt8], to path: FilePath) throws {
        let temporary = FilePath("\(path).new")
        let file = try FileDescriptor.open(
            temporary,
            .writeOnly,
            options: [.create, .truncate],
            permissions: .ownerReadWrite
        )
        try file.closeAfter {
            try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard rename("\(temporary)", "\(path)") == 0 else { throw Errno(rawValue: errno) }
    }

    /// Removes a file; one that is not there is no error.
    static func remove(_ path: FilePath) throws {
        guard unlink("\(path)") == 0 || errno == ENOENT else { throw Errno(rawValue: errno) }
    }

    /// Makes a folder that only its owner may enter, with those above it; one that is there stays as it is.
    static func makeFolder(_ path: FilePath) throws {
        guard mkdir("\(path)", 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, !path.removingLastComponent().isEmpty else { throw Errno(rawValue: errno) }
        try makeFolder(path.removingLastComponent())
        guard mkdir("\(path)", 0o700) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
    }
}
