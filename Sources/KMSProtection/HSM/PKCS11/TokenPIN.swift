internal import Glibc
package import KMSCore
internal import Synchronization

/// The PIN of a token's user: where it comes from, and whether it was refused.
///
/// A PIN that the token refused is not shown to it again, since a few wrong ones lock a token for good. Only another
/// PIN, or a restart, is a new try.
package final class TokenPIN: Sendable {
    /// Where the PIN is read from, each time that it is needed.
    package enum Source: Sendable {
        /// A file that only the server's user may read. A line break at its end does not belong to the PIN.
        case file(String)
        /// A variable of the environment.
        case environment(String)
        /// A PIN that somebody entered.
        case entered(SecretBox)
    }

    private let source: Source
    private let refused = Mutex<SecretBox?>(nil)
    private static let longest = 256

    package init(_ source: Source) { self.source = source }

    /// The PIN, for one login.
    ///
    /// - Throws: where there is none, or it is the one that was refused.
    func read() throws(PKCS11Error) -> SecretBytes {
        let pin = try readSource()
        guard pin.byteCount > 0 else { throw PKCS11Error("The token's PIN is empty: \(place)") }
        let known = refused.withLock { $0 }
        let isRefused = known.map { known in known.withBytes { SecretBytes(copying: $0) }.equals(pin) } ?? false
        guard !isRefused else {
            throw PKCS11Error(
                "The token refused this PIN before. It is not tried again, because a few wrong ones lock a token: "
                    + "correct \(place), or restart the server if the token has been given this PIN."
            )
        }
        return pin
    }

    /// Remembers that the token did not take this PIN.
    func refuse(_ pin: consuming SecretBytes) {
        let box = SecretBox(pin)
        refused.withLock { $0 = box }
    }

    private var place: String {
        switch source {
        case .file(let path): path
        case .environment(let name): "the variable \(name)"
        case .entered: "what was entered"
        }
    }

    private func readSource() throws(PKCS11Error) -> SecretBytes {
        switch source {
        case .file(let path): return try Self.readFile(path)
        case .environment(let name):
            guard let value = unsafe getenv(name) else {
                throw PKCS11Error("The token's PIN is not set: the variable \(name) is missing.")
            }
            return unsafe SecretBytes(copying: RawSpan(_unsafeStart: value, byteCount: min(strlen(value), longest)))
        case .entered(let pin): return pin.withBytes { SecretBytes(copying: $0) }
        }
    }

    private static func readFile(_ path: String) throws(PKCS11Error) -> SecretBytes {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            throw PKCS11Error("The file of the token's PIN, \(path), cannot be opened: \(reason()).")
        }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw PKCS11Error("\(path) is not a regular file.")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw PKCS11Error("\(path) may be read by other users. Take that right away: chmod 600 \(path)")
        }
        var count = -1
        let buffer = SecretBytes(byteCount: longest) { output in
            unsafe output.withUnsafeMutableBytes { bytes, written in
                count = unsafe Glibc.read(file, bytes.baseAddress, bytes.count)
                written = bytes.count
            }
        }
        guard count >= 0 else { throw PKCS11Error("\(path) cannot be read: \(reason()).") }
        return buffer.withBytes { bytes in
            var end = count
            while end > 0, unsafe [10, 13].contains(bytes.unsafeLoad(fromByteOffset: end - 1, as: UInt8.self)) {
                end -= 1
            }
            return SecretBytes(copying: bytes.extracting(0..<end))
        }
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }

    private var longest: Int { Self.longest }
}
