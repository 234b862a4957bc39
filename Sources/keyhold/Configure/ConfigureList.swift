import ArgumentParser

/// `keyhold configure list`: a line for each profile, the current ones marked.
struct ConfigureList: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the profiles of every configuration file; * marks a file's current one."
    )

    @OptionGroup var file: ConfigurationFileOption

    func run(in program: Program) throws(Failure) {
        var rows = [["PROFILE", "MODE", "ACCESS KEY", "REGION", "ENDPOINT"]]
        for path in file.files(program).paths {
            guard let configuration = try ConfigurationFile(path: path) else { continue }
            let current = configuration.currentProfile?.name
            rows += configuration.profiles.map { profile in
                let name = profile.name.printable + (profile.name == current ? " *" : "")
                let fields = [profile.mode, profile.accessKeyID, profile.region, profile.endpoint]
                return [name] + fields.map { $0.nonEmpty?.printable ?? "-" }
            }
        }
        program.write(Self.table(rows))
    }

    private static func table(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for row in rows {
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            text += cells.joined(separator: "  ").trimmingTrailingSpaces() + "\n"
        }
        return text
    }
}

extension String {
    fileprivate func trimmingTrailingSpaces() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
