internal import ArgumentParser
internal import KMSCore

/// Looks after the isolated key process and the nodes that have its root key.
struct HSMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hsm",
        abstract: "Shows the isolated key process, and gives its root key to other nodes.",
        subcommands: [Status.self, AddNode.self, RemoveNode.self]
    )

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows the key process of this node.")

        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            print(try await AdministrationClient(options: options).call("GetKeyProcess").keyProcess)
        }
    }

    struct AddNode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Gives another node's key process the root key.",
            discussion: "Before that, keyhold-hsm admit must have been run here, by the user of the key process."
        )

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "What keyhold-hsm show-public-key shows there.")
        var node: String

        func run() async throws {
            _ = try await AdministrationClient(options: options).call("AddKeyProcessNode", [("NodeKey", node)])
        }
    }

    struct RemoveNode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Takes a node's slot away; what it has opened it keeps until it ends."
        )

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The slot id that hsm status shows there.")
        var slot: String

        func run() async throws {
            _ = try await AdministrationClient(options: options).call("RemoveKeyProcessNode", [("SlotId", slot)])
        }
    }
}

extension StrictJSON {
    fileprivate var keyProcess: String {
        var generation = ""
        if case .number(let digits)? = self["Generation"] { generation = String(decoding: digits, as: UTF8.self) }
        return """
            NodeKey     \(self["NodeKey"]?.text ?? "")
            SlotId      \(self["SlotId"]?.text ?? "")
            DatabaseId  \(self["DatabaseId"]?.text ?? "")
            Generation  \(generation)
            """
    }
}
