internal import Configuration
internal import KMSServer

/// Where the isolated key process is (`Documentation/Operations.md`).
struct HSMProcessSettings: Sendable {
    /// The socket of keyhold-hsm; HSM keys are not held by it where there is none.
    var socket: String?

    static let names = ["hsm.socket"]

    init() {}

    init(_ reader: ConfigReader) throws(StartupError) {
        socket = reader.string(forKey: "hsm.socket")
        guard let socket, socket.utf8.count > AdministrationSocket.longestPath else { return }
        throw StartupError("hsm.socket: a path has at most \(AdministrationSocket.longestPath) bytes.")
    }
}
