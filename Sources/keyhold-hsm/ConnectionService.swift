internal import CPlatform
internal import Glibc
internal import KMSProtection

/// The socket that the server connects to.
struct Listener: Sendable {
    let descriptor: Int32

    /// Connections that may wait until a thread is free.
    private static let waiting: Int32 = 128

    /// Listens at `path`, which the group of its folder may connect to as well. What an earlier process left is removed.
    init(path: String) throws {
        let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
        try DataFolder.judge(folder.isEmpty ? "/" : folder)
        try Self.removeLeftover(path)
        descriptor = CPlatform_listen(path, 0o660, Self.waiting)
        guard descriptor >= 0 else { throw StartupError.system("\(path) cannot be listened to", -descriptor) }
    }

    private static func removeLeftover(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw StartupError("\(path) is there and is no socket.") }
        let other = CPlatform_connect(path, 1_000)
        guard other < 0 else {
            close(other)
            throw StartupError("Another process serves \(path) already.")
        }
        guard unlink(path) == 0 else { throw StartupError.system("\(path) cannot be removed", errno) }
    }
}

/// Serves one connection after the other; run by as many threads as connections may be open.
struct ConnectionService: Sendable {
    let listener: Listener
    let handler: HSMRequestHandler
    /// Who may connect.
    let users: Set<UInt32>

    /// Milliseconds that a connection may be silent, between messages and within one.
    private static let patience: Int32 = 60_000

    func run() -> Never {
        while true {
            let descriptor = CPlatform_accept(listener.descriptor)
            guard descriptor >= 0 else {
                // Out of descriptors or memory: others are about to give some back.
                poll(nil, 0, 100)
                continue
            }
            serve(HSMSocket(descriptor: descriptor, patience: Self.patience))
        }
    }

    private func serve(_ socket: HSMSocket) {
        guard let user = try? socket.peerUser(), users.contains(user) else {
            ServeCommand.log("refused a connection of another user")
            return
        }
        do {
            while let message = try socket.receive() {
                guard let answer = handler.answer(to: message) else {
                    return ServeCommand.log("no request: connection closed")
                }
                try socket.send(answer)
            }
        } catch {}
    }
}
