internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import KMSAccess
internal import KMSCore
internal import KMSStorage
internal import Logging
internal import SystemPackage

/// Runs a server for a developer or a CI job: nothing to configure, everything real.
struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Serves on this machine with a ready account; needs no configuration.",
        discussion: """
            State is kept in --data and survives; without it a temporary folder is used and removed at the end. When the \
            server listens it writes dev.env into that folder, to be sourced by a shell.
            """
    )

    @Option(help: "The port for plain HTTP; 0 for any.")
    var port = 8480
    @Option(name: .customLong("tls-port"), help: "The port for HTTPS; 0 for any.")
    var tlsPort = 8443
    @Option(name: .customLong("operations-port"), help: "The port for health and metrics; none without it.")
    var operationsPort: Int?
    @Option(help: ArgumentHelp("The folder for state.", valueName: "dir"))
    var data: String?
    @Option(
        name: .customLong("access-key-id"),
        help: ArgumentHelp("The access key's id; made up without it.", valueName: "id")
    )
    var accessKeyID: String?
    @Option(name: .customLong("access-key-secret"), help: ArgumentHelp("The access key's secret.", valueName: "secret"))
    var accessKeySecret: String?
    @Option(name: .customLong("account-id"), help: ArgumentHelp("The account's id.", valueName: "id"))
    var accountID = "1000000000000001"
    @Option(help: "The region of requests that name none.")
    var region = "cn-hangzhou"
    @Option(
        name: .customLong("region-port"),
        help: ArgumentHelp(
            "A port for plain HTTP that stands for a region; 0 for any. May be repeated.",
            valueName: "region=port"
        )
    )
    var regionPorts: [String] = []
    @Option(name: .customLong("log-level"), help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "notice"

    func validate() throws {
        guard (accessKeyID == nil) == (accessKeySecret == nil) else {
            throw ValidationError("Give --access-key-id and --access-key-secret together, or neither.")
        }
        guard AccountID(accountID) != nil else { throw ValidationError("--account-id has 1 to 20 digits.") }
    }

    func run() async throws {
        // Absolute, since dev.env is sourced from anywhere.
        let here = FilePath(FileManager.default.currentDirectoryPath)
        let folder = try data.map { here.pushing(FilePath($0)) } ?? Self.temporaryFolder()
        defer { if data == nil { try? FileManager.default.removeItem(atPath: "\(folder)") } }
        var settings = Settings()
        settings.dataDirectory = "\(folder)"
        settings.httpPort = port
        settings.httpsHost = "127.0.0.1"
        settings.httpsPort = tlsPort
        settings.operationsPort = operationsPort
        settings.defaultRegion = region
        settings.regionPorts = regionPorts
        settings.regionPortsArePlain = true
        let logger = try ServeCommand.logger(logLevel)
        let hsm = DevelopmentHSM(in: folder, logger: logger)
        settings.hsmProcess.socket = hsm.map { "\($0.socket)" }
        let node = try await Node.open(settings, logger: logger)
        await hsm?.start()
        let file = folder.appending("dev.env")
        let environment = try await account(in: node, file)
        try await node.serve(beside: hsm.map { [$0] } ?? []) { addresses in
            var environment = environment
            environment.endpoint = addresses.http
            environment.tlsEndpoint = addresses.https
            environment.regionEndpoints = addresses.regions.map { ($0.region.description, $0.address) }
            try PrivateFile.write(Array(environment.file.utf8), to: file)
            let greeting = environment.greeting(file: file, isTerminal: isatty(STDOUT_FILENO) == 1)
            try FileDescriptor.standardOutput.writeAll(greeting.utf8)
        }
    }

    /// The account with its access key: the one given, the one of an earlier run, or a new one.
    private func account(in node: Node, _ file: FilePath) async throws -> DevEnvironment {
        guard let account = AccountID(accountID) else { throw StartupError("\(accountID) is no account id.") }
        var key: (id: String, secret: String)?
        if let accessKeyID, let accessKeySecret {
            key = (accessKeyID, accessKeySecret)
        } else if let text = try PrivateFile.read(file) {
            key = DevEnvironment.accessKey(in: String(decoding: text, as: UTF8.self))
        }
        let ready: (id: String, secret: String)
        if let key {
            let secret = SecretBytes(copying: Array(key.secret.utf8))
            try await node.accounts.ensureAccount(account, accessKeyID: key.id, secret: secret)
            ready = key
        } else if try await node.store.account(account) != nil {
            ready = try await node.accounts.createAccessKey(of: account).shown()
        } else {
            ready = try await node.accounts.createAccount(account).shown()
        }
        return DevEnvironment(
            authority: node.localTLS.authorityCertificate,
            accessKeyID: ready.id,
            accessKeySecret: ready.secret,
            accountID: accountID,
            region: region
        )
    }

    private static func temporaryFolder() throws -> FilePath {
        var template = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/keyhold-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        return FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}

extension AccountAdministration.NewAccessKey {
    /// The key as text, for the one time that its secret is shown.
    fileprivate consuming func shown() -> (id: String, secret: String) {
        (accessKey.id, secret.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } })
    }
}
