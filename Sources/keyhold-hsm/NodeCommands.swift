internal import ArgumentParser
internal import KMSProtection

/// Shows what another node's operator must know to let this process have the root key.
struct ShowPublicKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show-public-key",
        abstract: "Shows this process's node key, to be admitted and added on another machine."
    )

    @OptionGroup var folder: DataFolder

    func run() throws {
        try folder.prepare()
        print(try HSMRoot(folder: folder.data).node)
    }
}

/// Lets another node have the root key. The server cannot do that: only who may write to this folder.
struct AdmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admit",
        abstract: "Lets the key process of another machine have the root key.",
        discussion: "Run it as the user of keyhold-hsm, then run keyhold-server hsm add-node with the same key."
    )

    @OptionGroup var folder: DataFolder
    @Argument(help: "What keyhold-hsm show-public-key shows there.")
    var node: String

    func run() throws {
        guard let node = HSMNodeKey(text: node) else {
            throw ValidationError("That is not what keyhold-hsm show-public-key shows.")
        }
        try DataFolder.judge(folder.data)
        try HSMRoot.admit(node, folder: folder.data)
    }
}
