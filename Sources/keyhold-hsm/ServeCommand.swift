internal import ArgumentParser
internal import CPlatform
internal import CSeccomp
internal import Glibc
internal import KMSCore
internal import KMSCrypto
internal import KMSProtection

/// Serves a socket. Everything is opened, loaded and started first; then the process gives up what it needs no more, and
/// only then does it accept a connection.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves keyhold-server over a socket; the default."
    )

    @OptionGroup var folder: DataFolder
    @Option(help: ArgumentHelp("The socket to serve.", valueName: "path"))
    var socket = "/run/keyhold-hsm/hsm.sock"
    @Option(
        name: .customLong("allow-uid"),
        help: ArgumentHelp("The user of the server; its own user without it. May be repeated.", valueName: "uid")
    )
    var allowedUsers: [UInt32] = []
    @Option(help: "How many connections are served at once, 1 to 1024; as many threads are started.")
    var connections = 64
    @Flag(
        name: .customLong("until-input-ends"),
        help: "Ends with its standard input: with whoever started it and holds the other end of the pipe."
    )
    var endsWithInput = false

    func validate() throws {
        guard (1...1_024).contains(connections) else { throw ValidationError("--connections is 1 to 1024.") }
    }

    func run() throws {
        CPlatform_close_inherited()
        if let refusal = ProcessMemory.forbidDumps() {
            throw StartupError.system("Memory cannot be kept out of core dumps", refusal)
        }
        if case .nothing(let refusal) = ProcessMemory.lockSecrets() {
            Self.log(
                "secrets are not locked in memory and may be written to swap: raise LimitMEMLOCK= or ulimit -l "
                    + "(\(String(cString: strerror(refusal))))"
            )
        }
        guard CryptoLibrary.isUsable else {
            throw StartupError("libcrypto lacks an algorithm: OpenSSL 3.0 or later must be installed.")
        }
        try folder.prepare()
        let root = try HSMRoot(folder: folder.data)
        try HSMRehearsal.run()
        let listener = try Listener(path: socket)
        let service = ConnectionService(
            listener: listener,
            handler: HSMRequestHandler(root),
            users: Set(allowedUsers.isEmpty ? [geteuid()] : allowedUsers)
        )
        let gate = try Gate()
        // This thread serves as well.
        var others: [@Sendable () -> Void] = Array(repeating: { service.run() }, count: connections - 1)
        if endsWithInput { others.append(Self.endWithInput) }
        for body in others {
            try Threads.start {
                gate.wait()
                body()
            }
        }
        gate.awaitArrivals(others.count)
        try Self.confine()
        Self.log("serving \(socket), node \(root.node)")
        gate.open()
        service.run()
    }

    /// Gives up what is not needed any more, and looks whether it is gone.
    private static func confine() throws {
        let refusal = CSeccomp_confine()
        guard refusal == 0 else { throw StartupError.system("The process cannot be confined", refusal) }
        guard open("/dev/null", O_RDONLY) < 0, errno == EACCES else {
            throw StartupError("The process is not confined although the system said so.")
        }
    }

    private static func endWithInput() {
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) > 0 || errno == EINTR {}
        _exit(0)
    }

    /// One line for the operator, or for the journal.
    static func log(_ text: String) {
        let line = Array("keyhold-hsm: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
