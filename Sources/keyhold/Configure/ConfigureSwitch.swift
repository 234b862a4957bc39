import ArgumentParser

/// `keyhold configure switch`: makes a profile the current one.
struct ConfigureSwitch: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch",
        abstract: "Makes a profile the one that holds where none is named."
    )

    @Option(help: "The profile.")
    var profile: String
    @OptionGroup var file: ConfigurationFileOption

    func run(in program: Program) throws(Failure) {
        let path = try file.ownPath(program)
        guard var configuration = try ConfigurationFile(path: path), configuration.profile(named: profile) != nil else {
            throw .usage("There is no profile '\(profile.printable)' in \(path).")
        }
        configuration.current = profile
        try configuration.write(to: path)
    }
}
