internal import ArgumentParser
internal import KMSAccess
internal import KMSCore

/// The first steps with users; `keyhold ram` has every operation.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Makes, lists and removes users of an account; `keyhold ram` does everything else.",
        subcommands: [Create.self, List.self, Delete.self, Attach.self, Detach.self, Password.self]
    )

    /// Whose users are meant.
    struct Place: ParsableArguments {
        @OptionGroup var options: AdministrationOptions
        @Option(name: .customLong("account-id"), help: ArgumentHelp("The account.", valueName: "id"))
        var accountID: String

        @discardableResult
        func call(_ action: String, _ parameters: [(name: String, value: String?)]) async throws -> StrictJSON {
            try await AdministrationClient(options: options)
                .call(action, version: AdministrationClient.ramVersion, [("AccountId", accountID)] + parameters)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a user, who may do nothing until a policy is attached."
        )
        @OptionGroup var place: Place
        @Argument(help: "1 to 64 letters, digits, full stops, underscores and hyphens.") var name: String

        func run() async throws { try await place.call("CreateUser", [("UserName", name)]) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists users with the policies attached to them.")
        @OptionGroup var place: Place

        func run() async throws {
            var marker: String?
            repeat {
                let page = try await place.call("ListUsers", [("Marker", marker), ("MaxItems", "1000")])
                for user in page.list("Users", of: "User").compactMap({ $0["UserName"]?.text }) {
                    let policies = try await place.call("ListPoliciesForUser", [("UserName", user)])
                        .list("Policies", of: "Policy")
                        .map { "\($0["PolicyType"]?.text ?? "")/\($0["PolicyName"]?.text ?? "")" }
                    print("\(user)  \(policies.joined(separator: ", "))")
                }
                marker = page["Marker"]?.text.flatMap { $0.isEmpty ? nil : $0 }
            } while marker != nil
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a user without access keys and attached policies."
        )
        @OptionGroup var place: Place
        @Argument(help: "The user's name.") var name: String

        func run() async throws { try await place.call("DeleteUser", [("UserName", name)]) }
    }

    /// A policy by type and name.
    struct PolicyArguments: ParsableArguments {
        @Argument(help: "The user's name.") var name: String
        @Argument(help: "The policy, such as System/AliyunKMSReadOnlyAccess or Custom/Mine.") var policy: String

        var parameters: [(name: String, value: String?)] {
            get throws {
                let parts = policy.split(separator: "/", maxSplits: 1)
                guard parts.count == 2 else {
                    throw ValidationError("Write the policy System/<name> or Custom/<name>.")
                }
                return [("UserName", name), ("PolicyType", String(parts[0])), ("PolicyName", String(parts[1]))]
            }
        }
    }

    struct Attach: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Attaches a policy to a user.")
        @OptionGroup var place: Place
        @OptionGroup var policy: PolicyArguments

        func run() async throws { try await place.call("AttachPolicyToUser", try policy.parameters) }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a user log on to the console, with a password read from standard input."
        )
        @OptionGroup var place: Place
        @Argument(help: "The user's name.") var name: String
        @Flag(help: "Takes the password away instead.") var remove = false

        func run() async throws {
            let hash = remove ? nil : Base64.encode(try Self.read().bytes)
            _ = try await AdministrationClient(options: place.options)
                .call(
                    "SetPasswordHash",
                    [("AccountId", place.accountID), ("UserName", name), ("PasswordHash", hash)]
                )
        }

        /// The hash of one line of standard input; a terminal does not show it.
        private static func read() throws -> PasswordHash {
            let line = try SecretInput.line("Password: ")
            let characters = line.withBytes { line in
                line.withUnsafeBytes { String(validating: $0, as: UTF8.self)?.unicodeScalars.count }
            }
            guard let characters, PasswordHash.lengths.contains(characters) else {
                let lengths = PasswordHash.lengths
                throw ValidationError("A password has \(lengths.lowerBound) to \(lengths.upperBound) characters.")
            }
            return try PasswordHash(of: line)
        }
    }

    struct Detach: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Detaches a policy from a user.")
        @OptionGroup var place: Place
        @OptionGroup var policy: PolicyArguments

        func run() async throws { try await place.call("DetachPolicyFromUser", try policy.parameters) }
    }
}
