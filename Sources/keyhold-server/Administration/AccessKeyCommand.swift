internal import ArgumentParser
internal import KMSCore

/// Makes, lists, stops and removes access keys, of an account itself or of one of its users.
///
/// To replace a key without a moment in which nothing works: create the second, have its users take it up, deactivate
/// the first, and delete it when nothing misses it.
struct AccessKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access-key",
        abstract: "Makes, lists, stops and removes access keys of accounts and users.",
        subcommands: [Create.self, List.self, Activate.self, Deactivate.self, Delete.self]
    )

    /// Whose keys are meant.
    struct Holder: ParsableArguments {
        @OptionGroup var options: AdministrationOptions
        @Option(name: .customLong("account-id"), help: ArgumentHelp("The account.", valueName: "id"))
        var accountID: String
        @Option(
            name: .customLong("user-name"),
            help: ArgumentHelp("The user; the account itself if left out.", valueName: "name")
        )
        var userName: String?

        func call(_ action: String, _ parameters: [(name: String, value: String?)] = []) async throws -> StrictJSON {
            try await AdministrationClient(options: options)
                .call(
                    action,
                    version: AdministrationClient.ramVersion,
                    [("AccountId", accountID), ("UserName", userName)] + parameters
                )
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an access key, and shows its secret this once. There may be two."
        )
        @OptionGroup var holder: Holder

        func run() async throws { try await holder.call("CreateAccessKey").printAccessKey() }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists access keys.")
        @OptionGroup var holder: Holder

        func run() async throws {
            for key in try await holder.call("ListAccessKeys").list("AccessKeys", of: "AccessKey") {
                let columns = ["AccessKeyId", "Status", "CreateDate"].map { key[$0]?.text ?? "" }
                print(columns.joined(separator: "  "))
            }
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lets an access key sign again.")
        @OptionGroup var holder: Holder
        @Argument(help: "The access key's id.") var id: String

        func run() async throws {
            _ = try await holder.call("UpdateAccessKey", [("UserAccessKeyId", id), ("Status", "Active")])
        }
    }

    struct Deactivate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuses what an access key signs.")
        @OptionGroup var holder: Holder
        @Argument(help: "The access key's id.") var id: String

        func run() async throws {
            _ = try await holder.call("UpdateAccessKey", [("UserAccessKeyId", id), ("Status", "Inactive")])
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes an access key for good.")
        @OptionGroup var holder: Holder
        @Argument(help: "The access key's id.") var id: String

        func run() async throws { _ = try await holder.call("DeleteAccessKey", [("UserAccessKeyId", id)]) }
    }
}
