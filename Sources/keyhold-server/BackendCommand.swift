internal import ArgumentParser
internal import KMSCore
internal import KMSProtection
internal import KMSStorage
internal import SystemPackage

/// The holders of wrapped keys, and their wrapping keys.
struct BackendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backend",
        abstract: "Makes the wrapping key of an HSM, once, and lists those that were made.",
        subcommands: [Initialise.self, List.self]
    )

    struct Initialise: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "init",
            abstract: "Makes the key in the token under which all HSM keys will be wrapped.",
            discussion: """
                The settings under hsm.pkcs11 say which token, from the environment and the file of settings. No server \
                may be running: it would not know of the new key.
                """
        )

        @OptionGroup var server: AdministrationOptions
        @Argument(help: ArgumentHelp("The backend's name, that of hsm.pkcs11.name.", valueName: "name"))
        var name = TokenSettings().name

        func run() async throws {
            let settings = try await server.settings()
            guard Backend.isName(name) else {
                throw StartupError("A backend's name is 1 to 32 lower-case letters, digits and hyphens.")
            }
            guard let token = try settings.token.token() else {
                throw StartupError("Set hsm.pkcs11.module and which token is meant, and where its PIN is.")
            }
            try PrivateFile.makeFolder(FilePath(settings.dataDirectory))
            let store = try await Node.database(settings.dataDirectory)
            guard try await !store.backends().contains(where: { $0.name == name }) else { throw Self.known(name) }
            let backend: Backend
            do { backend = try WrappingKey.make(in: token, as: name, at: SystemClock().now()) } catch {
                throw StartupError(error.description)
            }
            do { try await store.insertBackend(backend) } catch {
                try? WrappingKey.unmake(backend, in: token)
                throw error == .alreadyExists ? Self.known(name) : StartupError("\(error)")
            }
            print("\(name): wrapping key \(backend.wrappingKeyName)")
            print("Back up the token: without this key, no HSM key opens.")
        }

        private static func known(_ name: String) -> StartupError {
            StartupError("\(name) has a wrapping key already: keys are wrapped under it.")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the backends with their wrapping keys, be a server running or not."
        )

        @OptionGroup var server: AdministrationOptions

        func run() async throws {
            let folder = try await server.settings().dataDirectory
            let store: SQLiteStore
            do { store = try await SQLiteStore.openForReading(folder: folder) } catch .unavailable(let reason) {
                throw StartupError(reason)
            }
            for backend in try await store.backends() {
                let generation = "generation \(backend.generation)"
                print(backend.name, backend.wrappingKeyName, generation, backend.createdAt, separator: "\t")
            }
        }
    }
}

extension Backend {
    /// The wrapping key's CKA_ID, as tools of tokens write it.
    var wrappingKeyName: String {
        wrappingKeyID.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
