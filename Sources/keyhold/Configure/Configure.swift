import ArgumentParser

/// `keyhold configure`: keeps profiles in a file.
struct Configure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stores and shows profiles.",
        discussion: """
            Profiles are written to ~/.keyhold/config.json, readable by their owner
            alone. Those of the aliyun CLI in ~/.aliyun/config.json are used as well,
            but never written.
            """,
        subcommands: [ConfigureSet.self, ConfigureSwitch.self, ConfigureGet.self, ConfigureList.self]
    )
}

/// Which file a command of `configure` works on.
struct ConfigurationFileOption: ParsableArguments {
    @Option(name: .customLong("config-path"), help: "The configuration file.")
    var path: String?

    func files(_ program: Program) -> ConfigurationFiles {
        ConfigurationFiles(configPath: path, environment: Environment(program.environment))
    }

    /// The file that is written.
    func ownPath(_ program: Program) throws(Failure) -> String {
        guard let path = files(program).own else {
            throw .usage("HOME is not set; give --config-path FILE.")
        }
        return path
    }
}
