internal import ArgumentParser
internal import KMSCore

/// Tells why a request is allowed or refused.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says whether somebody may do something, and which statement of which policy decides.",
        discussion: """
            keyhold-server explain --account-id 1000000000000001 --principal user/alice --action kms:Encrypt \\
              --resource acs:kms:cn-hangzhou:1000000000000001:key/1234abcd-12ab-34cd-56ef-1234567890ab

            Ends with 0 where it is allowed and with 1 where it is not.
            """
    )

    @OptionGroup var options: AdministrationOptions
    @Option(name: .customLong("account-id"), help: ArgumentHelp("The account.", valueName: "id"))
    var accountID: String
    @Option(help: ArgumentHelp("root, user/<name> or role/<name>.", valueName: "principal"))
    var principal: String
    @Option(help: ArgumentHelp("Such as kms:Encrypt.", valueName: "action"))
    var action: String
    @Option(help: ArgumentHelp("The resource's ARN, without wildcards.", valueName: "arn"))
    var resource: String
    @Option(name: .customLong("source-ip"), help: ArgumentHelp("Where the request comes from.", valueName: "address"))
    var sourceIP: String?
    @Flag(name: .customLong("plain-http"), help: "The request comes over plain HTTP.")
    var isPlainHTTP = false

    func run() async throws {
        let answer = try await AdministrationClient(options: options)
            .call(
                "Explain",
                [
                    ("AccountId", accountID), ("Principal", principal), ("AskedAction", action),
                    ("Resource", resource), ("SourceIp", sourceIP), ("SecureTransport", isPlainHTTP ? "false" : "true"),
                ]
            )
        print(answer["Explanation"]?.text ?? "")
        guard case .boolean(true)? = answer["IsAllowed"] else { throw ExitCode(1) }
    }
}
