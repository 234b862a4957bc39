internal import ArgumentParser
internal import KMSCore

extension RootCommand {
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replaces the root key; the server goes on serving and seals everything anew.",
            discussion: """
                Sessions and import tokens that were given out under the old root key stay good until they expire, a \
                day at most, and the old root key is kept as long. With --at-once they end now: where the old root key \
                may be known to somebody, who could make such tokens. While a rotation is under way, --at-once ends \
                them and begins no other.
                """
        )

        @OptionGroup var options: AdministrationOptions
        @Flag(help: "Ends sessions and import tokens of the old root key now.") var atOnce = false

        func run() async throws {
            let answer = try await AdministrationClient(options: options)
                .call("RotateRootKey", [("AtOnce", atOnce ? "true" : "false")])
            print(answer.rootKeyLines)
        }
    }

    struct Rotation: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the generation of the root key, and what a rotation has left to do."
        )

        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            print(try await AdministrationClient(options: options).call("DescribeRootKey").rootKeyLines)
        }
    }
}

extension StrictJSON {
    fileprivate var rootKeyLines: String {
        var lines = ["Generation        \(self["Generation"]?.integer ?? 0)"]
        if let rotation = self["Rotation"] {
            lines += [
                "Rotating from     \(rotation["PreviousGeneration"]?.integer ?? 0)",
                "Since             \(rotation["BeginDate"]?.text ?? "")",
                "Records left      \(rotation["RecordsLeft"]?.integer ?? 0)",
                "Tokens accepted   \(rotation["TokensAcceptedUntil"].map { "until \($0.text ?? "")" } ?? "none")",
            ]
        }
        return lines.joined(separator: "\n")
    }
}
