import ArgumentParser
import Glibc

/// `keyhold`: the command line of a Keyhold server, and of anything else that speaks the same API.
@main
struct Keyhold: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keyhold",
        abstract: "Calls any operation of a Key Management Service, as the aliyun CLI does.",
        usage: """
            keyhold kms <Operation> [--Parameter value | --Parameter=value] ... [option ...]
            keyhold ram <Operation> ...
            keyhold sts <Operation> ...
            keyhold audit <verify | search> ...
            keyhold configure <set | switch | get | list> ...
            """,
        discussion: HelpText.general,
        version: "keyhold, API version \(Product.kms.version)",
        subcommands: [Audit.self, Configure.self]
    )

    static func main() async {
        let program = Program.live()
        Glibc.exit(await program.run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }
}
