import ArgumentParser

/// `keyhold configure get`: shows a profile, secrets masked.
struct ConfigureGet: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Shows the fields of a profile, or those named; secrets are masked."
    )

    @Argument(help: "Names of fields, as in the file: region_id, endpoint …")
    var fields: [String] = []
    @Option(help: "The profile; the current one if none is named.")
    var profile: String?
    @OptionGroup var file: ConfigurationFileOption

    func run(in program: Program) throws(Failure) {
        let known = Profile.CodingKeys.allCases.map(\.stringValue)
        for field in fields where !known.contains(field) {
            throw .usage("There is no field '\(field.printable)'. Fields are \(known.joined(separator: ", ")).")
        }
        let name = profile ?? Environment(program.environment).profile
        guard let found = try file.files(program).profile(named: name) else {
            throw .usage("There is no profile yet. 'keyhold configure set' makes one.")
        }
        for field in found.shownFields where fields.isEmpty || fields.contains(field.name) {
            program.write("\(field.name)=\(field.value.printable)\n")
        }
    }
}
