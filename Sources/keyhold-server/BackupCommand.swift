internal import ArgumentParser
internal import KMSCore
internal import KMSStorage

/// Copies the database, be a server running or not.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copies the database to a new file, while the server goes on.",
        discussion: """
            The copy opens only with a slot of the root key: keep root.key, the passphrase, the TPM or enough recovery \
            shares elsewhere. Operations.md says how it is restored.
            """
    )
    @OptionGroup var options: AdministrationOptions
    @Argument(help: "The file to be made.") var file: String

    func run() async throws {
        let settings = try await options.settings()
        do {
            try await SQLiteStore.openForReading(folder: settings.dataDirectory).backUp(to: file)
        } catch .alreadyExists { throw StartupError("\(file) exists already.") } catch .unavailable(let reason) {
            throw StartupError(reason)
        }
    }
}
