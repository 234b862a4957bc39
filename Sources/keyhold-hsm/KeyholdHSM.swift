internal import ArgumentParser
internal import Glibc

/// The isolated key process: holds HSM keys for a keyhold-server on the same machine, and does nothing else
/// (`Documentation/HSMProtocol.md`).
@main
struct KeyholdHSM: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyhold-hsm",
        abstract: "Holds HSM keys in a process of their own, which has no network and opens no file.",
        subcommands: [
            ServeCommand.self, ShowPublicKeyCommand.self, AdmitCommand.self, CheckConfinementCommand.self,
        ],
        defaultSubcommand: ServeCommand.self
    )

    static func main() {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        main(nil)
    }
}

/// Why the process does not serve, in words for its operator.
struct StartupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static func system(_ action: String, _ number: Int32) -> StartupError {
        StartupError("\(action): \(String(cString: strerror(number))).")
    }
}

/// The folder with the process's own files.
struct DataFolder: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of this process's own files.", valueName: "dir"))
    var data = "/var/lib/keyhold-hsm"

    /// Makes the folder where it is missing, and refuses one that others may write to.
    func prepare() throws {
        guard mkdir(data, 0o700) == 0 || errno == EEXIST else {
            throw StartupError.system("\(data) cannot be made", errno)
        }
        try Self.judge(data)
    }

    /// Whoever may write to a folder may exchange what lies in it.
    static func judge(_ folder: String) throws {
        var status = stat()
        guard stat(folder, &status) == 0 else { throw StartupError.system("\(folder) cannot be examined", errno) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_mode & 0o002 == 0,
            status.st_uid == geteuid() || status.st_uid == 0
        else {
            throw StartupError(
                "\(folder) must be a folder that belongs to the user of keyhold-hsm, and not everybody may write to it."
            )
        }
    }
}
