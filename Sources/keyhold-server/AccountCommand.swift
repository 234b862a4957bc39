internal import ArgumentParser
internal import KMSAccess
internal import KMSCore
internal import KMSStorage
internal import Logging

/// Makes and lists accounts while no server uses the data folder.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Makes and lists accounts.",
        subcommands: [Create.self, List.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an account with an access key, and shows the key's secret this once."
        )

        @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
        var data = Settings().dataDirectory
        @Option(name: .customLong("account-id"), help: ArgumentHelp("1 to 20 digits.", valueName: "id"))
        var accountID: String

        func run() async throws {
            guard let account = AccountID(accountID) else { throw ValidationError("--account-id has 1 to 20 digits.") }
            let node = try await AccountCommand.node(data)
            let key = try await node.accounts.createAccount(account).shown()
            print("AccountId        \(account)\nAccessKeyId      \(key.id)\nAccessKeySecret  \(key.secret)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the accounts and the ids of their access keys."
        )

        @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
        var data = Settings().dataDirectory

        func run() async throws {
            let node = try await AccountCommand.node(data)
            for account in try await node.store.accounts() {
                let keys = try await node.store.accessKeys(of: account.id)
                print(
                    "\(account.id)  \(keys.map { $0.isActive ? $0.id : "\($0.id) (inactive)" }.joined(separator: ", "))"
                )
            }
        }
    }

    private static func node(_ data: String) async throws -> Node {
        var settings = Settings()
        settings.dataDirectory = data
        return try await Node.open(settings, logger: try ServeCommand.logger("warning"))
    }
}

extension AccountAdministration.NewAccessKey {
    /// The key as text, for the one time that its secret is shown.
    consuming func shown() -> (id: String, secret: String) {
        (accessKey.id, secret.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } })
    }
}
