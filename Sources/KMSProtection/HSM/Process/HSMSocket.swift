internal import CPlatform
internal import Glibc
internal import KMSCore

/// A connection between the server and the key process, in blocking calls: for one thread at a time.
package final class HSMSocket: Sendable {
    private let descriptor: Int32
    /// Milliseconds that the other side may be silent.
    private let patience: Int32

    /// Why a message did not come or go; the text is for the log.
    package struct Failure: Error {
        package let description: String
        /// Whether the other side went away, as opposed to staying silent or talking nonsense.
        package let isEnd: Bool

        static let ended = Failure(description: "the connection ended", isEnd: true)
        static let malformed = Failure(description: "the other side does not speak this protocol", isEnd: false)
        static let tooLong = Failure(description: "a message is longer than the protocol allows", isEnd: false)

        static func system(_ number: Int32) -> Failure {
            Failure(
                description: unsafe String(cString: strerror(number)),
                isEnd: number == EPIPE || number == ECONNRESET
            )
        }
    }

    /// Takes over a connected socket.
    package init(descriptor: Int32, patience: Int32) {
        self.descriptor = descriptor
        self.patience = patience
    }

    /// Connects to a socket in the file system.
    package convenience init(path: String, patience: Int32) throws(Failure) {
        let descriptor = unsafe CPlatform_connect(path, patience)
        guard descriptor >= 0 else { throw .system(-descriptor) }
        self.init(descriptor: descriptor, patience: patience)
    }

    deinit { close(descriptor) }

    /// The user at the other end.
    package func peerUser() throws(Failure) -> UInt32 {
        var user: UInt32 = 0
        let refusal = unsafe CPlatform_peer_user(descriptor, &user)
        guard refusal == 0 else { throw .system(-refusal) }
        return user
    }

    package func send(_ message: HSMMessage) throws(Failure) {
        guard message.isWithinLimits else { throw .tooLong }
        let head = message.head
        let refusal = unsafe head.withUnsafeBytes { head in
            guard let secret = message.secret else {
                return unsafe CPlatform_send(descriptor, head.baseAddress, head.count, nil, 0, patience)
            }
            return secret.withBytes { secret in
                unsafe secret.withUnsafeBytes { secret in
                    unsafe CPlatform_send(
                        descriptor,
                        head.baseAddress,
                        head.count,
                        secret.baseAddress,
                        secret.count,
                        patience
                    )
                }
            }
        }
        guard refusal == 0 else { throw .system(-refusal) }
    }

    /// The next message; nil where the other side has ended between two.
    package func receive() throws(Failure) -> HSMMessage? {
        guard let head = try bytes(HSMMessage.headerByteCount, mayEnd: true) else { return nil }
        guard let header = HSMMessage.Header(parsing: head) else { throw .malformed }
        let fields = header.fieldByteCount == 0 ? [] : try bytes(header.fieldByteCount) ?? []
        guard header.secretByteCount > 0 else { return HSMMessage(code: header.code, fields: fields) }
        let secret = try SecretBytes(byteCount: header.secretByteCount) { output throws(Failure) in
            let result = unsafe output.withUnsafeMutableBytes { buffer, count in
                count = buffer.count
                return unsafe CPlatform_receive(descriptor, buffer.baseAddress, buffer.count, patience)
            }
            try Self.check(result)
        }
        return HSMMessage(code: header.code, fields: fields, secret: SecretBox(secret))
    }

    private func bytes(_ count: Int, mayEnd: Bool = false) throws(Failure) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe CPlatform_receive(descriptor, buffer.baseAddress, buffer.count, patience)
        }
        if result == CPLATFORM_ENDED, mayEnd { return nil }
        try Self.check(result)
        return bytes
    }

    private static func check(_ result: Int32) throws(Failure) {
        if result == CPLATFORM_ENDED { throw .ended }
        guard result == 0 else { throw .system(-result) }
    }
}
