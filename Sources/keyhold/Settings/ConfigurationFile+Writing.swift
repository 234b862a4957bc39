import FoundationEssentials
import Glibc

extension ConfigurationFile {
    /// Puts the configuration in the place of the file at `path`, whole or not at all, readable by its owner alone.
    func write(to path: String) throws(Failure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { throw .usage("The configuration cannot be written as JSON.") }

        let folder = URL(filePath: path).deletingLastPathComponent().path
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw .cannotWrite(folder) }
        // Beside the file, so that the rename stays within one file system.
        let temporary = "\(path).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotWrite(temporary) }
        let isWritten = Self.write(data + [UInt8(ascii: "\n")], to: descriptor) && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten, rename(temporary, path) == 0 else {
            let failure = Failure.cannotWrite(path)
            unlink(temporary)
            throw failure
        }
    }

    private static func write(_ data: Data, to descriptor: Int32) -> Bool {
        var rest = data
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension Failure {
    fileprivate static func cannotWrite(_ path: String) -> Failure {
        .usage("\(path) cannot be written: \(String(cString: strerror(errno))).")
    }
}
