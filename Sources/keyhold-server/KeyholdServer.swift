internal import ArgumentParser
internal import Glibc

/// The server's program: which edge is plugged in where is decided in `Node.swift`.
@main
struct KeyholdServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyhold-server",
        abstract: "A key management service that speaks Alibaba Cloud KMS's API (2016-01-20).",
        subcommands: [
            DevCommand.self, ServeCommand.self, AccountCommand.self, UserCommand.self, AccessKeyCommand.self,
            ServiceCommand.self, ExplainCommand.self, AuditCommand.self, RootCommand.self, BackupCommand.self,
            BackendCommand.self, HSMCommand.self,
        ]
    )

    static func main() async {
        // Whatever is created is its owner's alone, SQLite's files included.
        umask(0o077)
        // A limit on the size of files is an error of the write, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        await main(nil)
    }
}
