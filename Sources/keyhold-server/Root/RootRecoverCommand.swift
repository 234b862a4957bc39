internal import ArgumentParser
internal import KMSCore
internal import KMSProtection
internal import KMSStorage

/// Brings a restored database back to life on a machine that has nothing but recovery shares or a passphrase.
struct RootRecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Opens the root key of a restored database, and gives this machine a slot of its own.",
        discussion: """
            Put the backup into the data folder as keyhold.sqlite first. Recovery shares are read from files, or from \
            the terminal where nothing is given. No server may run. Compare the fingerprint that is printed with the \
            one that you noted from `root list`.
            """
    )
    @OptionGroup var options: AdministrationOptions
    @OptionGroup var guardOptions: GuardOptions

    func run() async throws {
        let settings = try await options.settings()
        let store: SQLiteStore
        do { store = try await SQLiteStore.open(folder: settings.dataDirectory) } catch .unavailable(let reason) {
            throw StartupError(reason)
        }
        let recovery = RootKeyRecovery(store: store, rotations: store, folder: settings.dataDirectory)
        do {
            let recovered = try await recovery.recover(with: try guardOptions.given(settings))
            print("\(recovered.slot)  file")
            print("The root key is open: fingerprint \(Base64.encode(recovered.fingerprint)).")
        } catch let error as RootKeyError { throw StartupError(error.description) }
    }
}
