internal import ArgumentParser
internal import KMSCore

/// Makes and lists accounts.
struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Makes and lists accounts.",
        subcommands: [Create.self, List.self]
    )

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an account with an access key, and shows the key's secret this once."
        )

        @OptionGroup var options: AdministrationOptions
        @Option(name: .customLong("account-id"), help: ArgumentHelp("1 to 20 digits.", valueName: "id"))
        var accountID: String?

        func run() async throws {
            let answer = try await AdministrationClient(options: options)
                .call("CreateAccount", [("NewAccountId", accountID)])
            print("AccountId        \(answer["AccountId"]?.text ?? "")")
            answer.printAccessKey()
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the accounts and the ids of their access keys."
        )

        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            let answer = try await AdministrationClient(options: options).call("ListAccounts")
            for account in answer.list("Accounts", of: "Account") {
                let keys = account.list("AccessKeys", of: "AccessKey")
                    .map { key in
                        (key["AccessKeyId"]?.text ?? "") + (key["Status"]?.text == "Active" ? "" : " (inactive)")
                    }
                print("\(account["AccountId"]?.text ?? "")  \(keys.joined(separator: ", "))")
            }
        }
    }
}

extension StrictJSON {
    /// A new access key, the one time that its secret is shown.
    func printAccessKey() { print(accessKeyLines) }

    var accessKeyLines: String {
        """
        AccessKeyId      \(self["AccessKey"]?["AccessKeyId"]?.text ?? "")
        AccessKeySecret  \(self["AccessKey"]?["AccessKeySecret"]?.text ?? "")
        """
    }
}
