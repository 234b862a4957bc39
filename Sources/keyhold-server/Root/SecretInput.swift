internal import Glibc
internal import KMSCore
internal import KMSProtection
internal import SystemPackage

/// Secrets that an operator gives a command: by file, by environment or at the terminal, never as an argument, which
/// everybody on the machine can read.
enum SecretInput {
    /// The longest that is read, in bytes.
    private static let limit = 65_536
    /// The variable that a passphrase may lie in.
    static let passphraseVariable = "KEYHOLD_ROOT_PASSPHRASE"

    /// The content of a file.
    ///
    /// - Parameter isPrivate: whether a file that other users may read is refused.
    static func file(_ path: String, isPrivate: Bool) throws -> SecretBytes {
        let file: FileDescriptor
        do { file = try FileDescriptor.open(FilePath(path), .readOnly) } catch {
            throw StartupError("\(path) cannot be opened: \(error)")
        }
        defer { try? file.close() }
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
            throw StartupError("\(path) is no regular file of at most \(limit) bytes.")
        }
        guard !isPrivate || status.st_mode & 0o077 == 0 else {
            throw StartupError("\(path) may be read by other users. Take that right away: chmod 600 \(path)")
        }
        return try bytes(of: file, atMost: Int(status.st_size)) { _ in false }
    }

    /// A passphrase of a permitted length, without the line break that an editor puts at the end.
    static func passphrase(inFile path: String) throws -> SecretBox {
        try passphrase(try file(path, isPrivate: true))
    }

    /// A passphrase by file, by ``passphraseVariable``, or typed at the terminal: twice where it is new.
    static func passphrase(file path: String?, isNew: Bool) throws -> SecretBox {
        if let path, path != "-" { return try passphrase(inFile: path) }
        if path == nil, let text = getenv(passphraseVariable) {
            return try passphrase(SecretBytes(copying: Array(String(cString: text).utf8)))
        }
        let typed = try passphrase(try line("Passphrase: "))
        guard isNew else { return typed }
        let again = try passphrase(try line("Again: "))
        let isSame = typed.withBytes { typed in again.withBytes { constantTimeEquals(typed, $0) } }
        guard isSame else { throw StartupError("The passphrases differ.") }
        return typed
    }

    private static func passphrase(_ bytes: consuming SecretBytes) throws -> SecretBox {
        let trimmed = bytes.withBytes { bytes in
            var count = bytes.byteCount
            for lineBreak in [UInt8(ascii: "\n"), UInt8(ascii: "\r")] where count > 0 {
                if bytes.byte(at: count - 1) == lineBreak { count -= 1 }
            }
            return SecretBytes(copying: bytes.extracting(0..<count))
        }
        let lengths = PassphraseGuard.lengths
        guard lengths.contains(trimmed.byteCount) else {
            throw StartupError("A passphrase has \(lengths.lowerBound) to \(lengths.upperBound) bytes.")
        }
        return SecretBox(trimmed)
    }

    /// Recovery shares: of files, or typed at the terminal until a line is empty where `files` is `-` or nothing.
    static func shares(files: [String]) throws -> [RecoveryShare] {
        guard !files.isEmpty, files != ["-"] else { return try typedShares() }
        return try files.map { path in
            do { return try RecoveryShare(parsing: try file(path, isPrivate: false)) } catch let error as RootKeyError {
                throw StartupError("\(path) is no recovery share. \(error.description)")
            }
        }
    }

    private static func typedShares() throws -> [RecoveryShare] {
        var shares: [RecoveryShare] = []
        while true {
            let text = try line("Recovery share \(shares.count + 1), or nothing to end: ")
            if text.byteCount == 0 { return shares }
            do { shares.append(try RecoveryShare(parsing: text)) } catch {
                guard isatty(STDIN_FILENO) == 1 else { throw StartupError(error.description) }
                try FileDescriptor.standardError.writeAll("That is no recovery share. \(error)\n".utf8)
            }
        }
    }

    /// A line of standard input without its end; a terminal is asked for it and does not show it.
    static func line(_ prompt: String) throws -> SecretBytes {
        guard isatty(STDIN_FILENO) == 1 else { return try lineOfInput() }
        try FileDescriptor.standardError.writeAll(prompt.utf8)
        var mode = termios()
        tcgetattr(STDIN_FILENO, &mode)
        var silent = mode
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &mode)
            _ = try? FileDescriptor.standardError.writeAll("\n".utf8)
        }
        return try lineOfInput()
    }

    private static func lineOfInput() throws -> SecretBytes {
        try bytes(of: .standardInput, atMost: 4_096) { $0 == UInt8(ascii: "\n") }
    }

    /// Bytes up to the end of the file, or up to the one that `ends`, which is not among them.
    private static func bytes(
        of file: FileDescriptor,
        atMost limit: Int,
        ends: (UInt8) -> Bool
    ) throws -> SecretBytes {
        var count = 0
        let whole = try SecretBytes(byteCount: limit) { output in
            while count < limit {
                var byte: UInt8 = 0
                let read = try withUnsafeMutableBytes(of: &byte) { try file.read(into: $0) }
                if read == 0 || ends(byte) { return }
                output.append(byte)
                count += 1
            }
        }
        return whole.withBytes { SecretBytes(copying: $0.extracting(0..<count)) }
    }
}

extension RawSpan {
    /// The byte at an offset inside the span.
    func byte(at offset: Int) -> UInt8 {
        precondition(byteOffsets.contains(offset))
        return unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }
}
