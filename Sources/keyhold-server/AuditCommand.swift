internal import ArgumentParser
internal import KMSAccess
internal import KMSCore
internal import KMSProtection
internal import KMSStorage

/// What the owner of the data folder can do with the audit trail, be a server running or not.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verifies the audit trail, and shows what others need to verify it.",
        subcommands: [Verify.self, Key.self, Head.self]
    )

    struct DataFolder: ParsableArguments {
        @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
        var data = Settings().dataDirectory

        func store() async throws -> SQLiteStore {
            do { return try await SQLiteStore.openForReading(folder: data) } catch .unavailable(let reason) {
                throw StartupError(reason)
            }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verifies chains, MACs and signatures, and compares the trail's ends with the database.",
            discussion: "The exit status is 1 where anything was found."
        )

        @OptionGroup var folder: DataFolder
        @Option(help: ArgumentHelp("The file that is written, where audit.file names one.", valueName: "path"))
        var file: String?
        @Option(help: ArgumentHelp("The server's file of settings.", valueName: "file"))
        var config: String?
        @Flag(help: "Let the trail begin in the middle: older files were archived.")
        var partial = false

        func run() async throws {
            let store = try await folder.store()
            let guards = try await AdministrationOptions.settings(data: folder.data, config: config).root.guards()
            let root = try await RootKeyLoader(
                store: store,
                rotations: store,
                folder: folder.data,
                guards: guards
            ).open()
            // Before the files: lines that are written meanwhile are no matter.
            let heads = try await store.auditHeads()
            let publicKey = try await store.auditKey().flatMap { AuditPublicKey($0.publicKey) }
            let keys = try await LastingKeys.open(root, keptIn: store).auditLanes
            var verifier = AuditVerifier(publicKey: publicKey, heads: heads, isPartial: partial) { place, generation in
                try? keys.first(place, generation: generation)
            }
            let files = try AuditFolder(path: file ?? "\(folder.data)/audit.jsonl").oldestFirst()
            guard !files.isEmpty else { throw StartupError("There is no audit trail in \(folder.data).") }
            for file in files { try verifier.read(file: file) }
            let report = verifier.finish()
            print(report.text, terminator: "")
            if !report.isWhole { throw ExitCode(1) }
        }
    }

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the public key that verifies the trail's checkpoints, to be kept elsewhere."
        )

        @OptionGroup var folder: DataFolder

        func run() async throws {
            guard let record = try await folder.store().auditKey(), let key = AuditPublicKey(record.publicKey) else {
                throw StartupError("There is no key yet: it is made when a server starts for the first time.")
            }
            print(key.pem, terminator: "")
        }
    }

    struct Head: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the newest checkpoint of every lane, to be kept elsewhere: what --head takes."
        )

        @OptionGroup var folder: DataFolder

        func run() async throws {
            for head in try await folder.store().auditHeads() { print(String(decoding: head.line, as: UTF8.self)) }
        }
    }
}
