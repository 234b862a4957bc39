internal import ArgumentParser
internal import KMSCore

/// Registers cloud services, which may then act for accounts whose roles trust them.
struct ServiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "service",
        abstract: "Registers cloud services such as OSS, which keep keys in the accounts that trust them.",
        subcommands: [Register.self, List.self, Remove.self, CreateKey.self, DeleteKey.self]
    )

    struct Register: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Registers a service with an access key, and shows the key's secret this once."
        )
        @OptionGroup var options: AdministrationOptions
        @Option(help: ArgumentHelp("Such as OSS: upper-case letters, digits and hyphens.", valueName: "code"))
        var code: String
        @Option(
            name: .customLong("account-id"),
            help: ArgumentHelp("The account that runs the service.", valueName: "id")
        )
        var accountID: String

        func run() async throws {
            let answer = try await AdministrationClient(options: options)
                .call("RegisterService", [("ServiceCode", code), ("AccountId", accountID)])
            print("Principal        \(answer["Principal"]?.text ?? "")")
            answer.printAccessKey()
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the registered services.")
        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            let answer = try await AdministrationClient(options: options).call("ListServices")
            for service in answer.list("Services", of: "Service") {
                let keys = (service["AccessKeys"]?.elements ?? []).compactMap(\.text).joined(separator: ", ")
                let columns = ["ServiceCode", "Principal", "AccountId"].map { service[$0]?.text ?? "" }
                print((columns + [keys]).joined(separator: "  "))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends what a service may do; the keys that it made in accounts stay."
        )
        @OptionGroup var options: AdministrationOptions
        @Option(help: ArgumentHelp("Such as OSS.", valueName: "code")) var code: String

        func run() async throws {
            _ = try await AdministrationClient(options: options).call("RemoveService", [("ServiceCode", code)])
        }
    }

    struct CreateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create-access-key",
            abstract: "Gives a service its second access key, and shows the secret this once."
        )
        @OptionGroup var options: AdministrationOptions
        @Option(help: ArgumentHelp("Such as OSS.", valueName: "code")) var code: String

        func run() async throws {
            try await AdministrationClient(options: options)
                .call("CreateServiceAccessKey", [("ServiceCode", code)])
                .printAccessKey()
        }
    }

    struct DeleteKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete-access-key",
            abstract: "Takes an access key from a service."
        )
        @OptionGroup var options: AdministrationOptions
        @Option(help: ArgumentHelp("Such as OSS.", valueName: "code")) var code: String
        @Argument(help: "The access key's id.") var id: String

        func run() async throws {
            _ = try await AdministrationClient(options: options)
                .call("DeleteServiceAccessKey", [("ServiceCode", code), ("UserAccessKeyId", id)])
        }
    }
}
