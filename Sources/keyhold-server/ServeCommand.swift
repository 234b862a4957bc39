internal import ArgumentParser
internal import Configuration
internal import Logging
internal import SystemPackage

/// Runs the server for real, by settings.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves by the settings of a file, the environment and flags.",
        discussion: """
            Every setting is a flag (--https-port 8443), an environment variable (KEYHOLD_HTTPS_PORT) and a member of \
            the file ({"https": {"port": 8443}}); flags win over the environment, the environment over the file.

            Settings: \(Settings.names.joined(separator: ", "))
            """
    )

    @Option(help: ArgumentHelp("A JSON file of settings.", valueName: "file"))
    var config: String?

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("--<setting> <value> …", valueName: "settings"))
    var flags: [String] = []

    func validate() throws {
        for flag in flags where flag.hasPrefix("--") {
            let name = flag.dropFirst(2).prefix { $0 != "=" }
            guard Settings.names.contains(where: { $0.split(separator: ".").joined(separator: "-") == name }) else {
                throw ValidationError("Unknown setting --\(name). Settings: \(Settings.names.joined(separator: ", "))")
            }
        }
        guard let first = flags.first, !first.hasPrefix("--") else { return }
        throw ValidationError("Unexpected argument \(first).")
    }

    func run() async throws {
        let settings = try Settings(try await reader())
        let logger = try Self.logger(settings.logLevel)
        let node = try await Node.open(settings, logger: logger)
        if try await !node.hasAccounts() { try await FirstAccount.create(in: node, logger: logger) }
        try await node.serve { addresses in
            logger.info("serving", metadata: addresses.metadata)
        }
    }

    private func reader() async throws -> ConfigReader {
        var providers: [any ConfigProvider] = [
            CommandLineArgumentsProvider(arguments: ["keyhold-server"] + flags),
            EnvironmentVariablesProvider().prefixKeys(with: "keyhold"),
        ]
        if let config { providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(config))) }
        return ConfigReader(providers: providers)
    }

    static func logger(_ level: String) throws(StartupError) -> Logger {
        guard let level = Logger.Level(rawValue: level) else {
            throw StartupError("log.level is none of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        var logger = Logger(label: "keyhold") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
