internal import ArgumentParser
internal import FoundationEssentials
internal import KMSCore
internal import KMSCrypto
internal import KMSProtection
internal import SystemPackage

/// Adds a slot. What guards it is made here, in the command's own process: the server sees neither a passphrase nor a
/// share nor a private key, only what it wraps its root to.
struct RootAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a slot that opens the root key.",
        subcommands: [File.self, Passphrase.self, TPM.self, Token.self, Shares.self]
    )

    /// Has the server wrap its root for a slot.
    static func add(_ key: RootSlotKey, _ options: AdministrationOptions) async throws {
        _ = try await AdministrationClient(options: options)
            .call(
                "AddRootKeySlot",
                [
                    ("SlotId", "\(key.id)"), ("Kind", key.kind.word), ("PublicKey", Base64.encode(key.publicKey)),
                    ("Parameters", Base64.encode(key.parameters)),
                ]
            )
        print("\(key.id)  \(key.kind.word)")
    }

    struct File: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a slot that a key file opens, for another server of the same database.",
            discussion: "The file becomes root.key in the data folder of the server that uses it."
        )
        @OptionGroup var options: AdministrationOptions
        @Option(help: ArgumentHelp("The key file to be made.", valueName: "path")) var out: String

        func run() async throws {
            guard let key = try FileGuard(file: out).make(RandomIDs().next(), ids: RandomIDs()) else {
                throw StartupError("\(out) exists already.")
            }
            do { try await RootAddCommand.add(key, options) } catch {
                try? PrivateFile.remove(FilePath(out))
                throw error
            }
        }
    }

    struct Passphrase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a slot that a passphrase opens.",
            discussion: """
                The passphrase is read from a file, from the variable \(SecretInput.passphraseVariable), or from the \
                terminal. A server that is to use it names a file in root.passphrase.file.
                """
        )
        @OptionGroup var options: AdministrationOptions
        @Option(
            name: .customLong("passphrase-file"),
            help: ArgumentHelp("The file with the passphrase; - for the terminal.", valueName: "path")
        )
        var passphraseFile: String?

        func run() async throws {
            let passphrase = try SecretInput.passphrase(file: passphraseFile, isNew: true)
            try await RootAddCommand.add(try PassphraseGuard(passphrase).make(RandomIDs().next()), options)
        }
    }

    struct TPM: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tpm",
            abstract: "Adds a slot that the TPM of this machine opens.",
            discussion: "With --pcr the TPM opens it only while those PCRs (SHA-256) are what they are now."
        )
        @OptionGroup var options: AdministrationOptions
        @Option(help: ArgumentHelp("How the TPM is reached; root.tpm.tcti if left out.", valueName: "tcti"))
        var tcti: String?
        @Option(help: ArgumentHelp("A PCR, 0 to 23. May be repeated.", valueName: "number")) var pcr: [Int] = []

        func run() async throws {
            let configured = try await options.settings().root.tcti
            guard let tcti = tcti ?? configured else {
                throw StartupError("Name the TPM: --tcti device:/dev/tpmrm0, or the setting root.tpm.tcti.")
            }
            try await RootAddCommand.add(
                try TPMGuard(tcti: tcti).make(RandomIDs().next(), pcrs: Set(pcr)),
                options
            )
        }
    }

    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "pkcs11",
            abstract: "Adds a slot that a PKCS#11 token opens.",
            discussion: """
                The settings root.pkcs11.* name the module, the token and where its PIN is, as for the server that is to \
                use it. The token makes a key pair on P-256 that does not leave it; the PIN's holder can use it.
                """
        )
        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            let guardian = try await options.settings().root.tokenGuard()
            let id = RandomIDs().next()
            let key = try guardian.make(id)
            do { try await RootAddCommand.add(key, options) } catch {
                try? guardian.unmake(id)
                throw error
            }
        }
    }

    struct Shares: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a slot that so many of several shares open, for people to keep.",
            discussion: "Each share is written to a file of its own: share-1.txt, share-2.txt and so on."
        )
        @OptionGroup var options: AdministrationOptions
        @Option(help: ArgumentHelp("How many shares are needed, 2 or more.", valueName: "k")) var threshold: Int
        @Option(help: ArgumentHelp("How many shares there are, up to 32.", valueName: "n")) var shares: Int
        @Option(help: ArgumentHelp("The folder that they are written to.", valueName: "dir")) var out: String

        func run() async throws {
            let (key, shares) = try SharesGuard.make(RandomIDs().next(), threshold: threshold, count: shares)
            let folder = FilePath(out)
            try PrivateFile.makeFolder(folder)
            // Before the slot: one whose shares were lost opens nothing. What is written is what opens it, or it is not
            // added: each share is read again.
            var read: [RecoveryShare] = []
            for share in shares {
                let path = folder.appending("share-\(share.number).txt")
                try Self.write(share, of: shares.count, to: path)
                read.append(try RecoveryShare(parsing: try SecretInput.file("\(path)", isPrivate: true)))
            }
            try await RootAddCommand.add(key, options)
            let listing = try await RootKeyListing.asked(of: AdministrationClient(options: options))
            try await RootTestCommand.test(key.id, of: listing, with: SharesGuard(read))
            print("\(shares.count) shares are in \(out); any \(threshold) of them open the root key.")
        }

        /// A new file that shows a share, and says what it is.
        private static func write(_ share: RecoveryShare, of count: Int, to path: FilePath) throws {
            let comment = """
                # Keyhold recovery share \(share.number) of \(count). Any \(share.threshold) open the root key.
                # Slot \(share.slot). Keep it secret and apart from the others.

                """
            let file: FileDescriptor
            do {
                file = try FileDescriptor.open(
                    path,
                    .writeOnly,
                    options: [.create, .exclusiveCreate],
                    permissions: .ownerReadWrite
                )
            } catch { throw StartupError("\(path) cannot be made: \(error)") }
            try file.closeAfter {
                try file.writeAll(comment.utf8)
                let text = share.text
                try text.withBytes { text in _ = try text.withUnsafeBytes { try file.writeAll($0) } }
                try file.writeAll("\n".utf8)
            }
        }
    }
}
