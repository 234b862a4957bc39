internal import ArgumentParser
internal import KMSCore
internal import KMSProtection

/// Opens a slot, in the command's own process, to see that it opens.
struct RootTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Opens a slot with what guards it, and says whether the root key is in it."
    )
    @OptionGroup var options: AdministrationOptions
    @OptionGroup var guardOptions: GuardOptions
    @Argument(help: "The slot's id.") var slot: String

    func run() async throws {
        let listing = try await RootKeyListing.asked(of: AdministrationClient(options: options))
        guard let id = UUIDBytes(text: slot.utf8),
            let found = listing.table.slots.lazy.compactMap(RootKeySlot.init(parsing:)).first(where: { $0.id == id })
        else { throw StartupError("There is no slot \(slot).") }
        let guardian = try guardOptions.guardian(of: found.kind, try await options.settings())
        try await Self.test(id, of: listing, with: guardian)
        print("The slot opens.")
    }

    /// Opens that slot and no other, and demands that the root in it is the one which the table is made under.
    static func test(_ id: UUIDBytes, of listing: RootKeyListing, with guardian: any RootKeyGuard) async throws {
        do { try await listing.table.test(id, with: guardian) } catch { throw StartupError(error.description) }
    }
}

/// What a command is given to open slots with.
struct GuardOptions: ParsableArguments {
    @Option(
        name: .customLong("key-file"),
        help: ArgumentHelp("A key file; root.key of the data folder if left out.", valueName: "path")
    )
    var keyFile: String?
    @Option(
        name: .customLong("passphrase-file"),
        help: ArgumentHelp("A file with a passphrase; - for the terminal.", valueName: "path")
    )
    var passphraseFile: String?
    @Option(help: ArgumentHelp("How a TPM is reached; root.tpm.tcti if left out.", valueName: "tcti"))
    var tcti: String?
    @Option(help: ArgumentHelp("A file with a recovery share; - for the terminal. May be repeated.", valueName: "path"))
    var share: [String] = []

    /// The guard of a slot of that kind.
    func guardian(of kind: RootKeySlot.Kind, _ settings: Settings) throws -> any RootKeyGuard {
        switch kind {
        case .file:
            guard let keyFile else { return FileGuard(folder: settings.dataDirectory) }
            return FileGuard(file: keyFile)
        case .passphrase:
            let file = passphraseFile ?? settings.root.passphraseFile
            return PassphraseGuard(try SecretInput.passphrase(file: file, isNew: false))
        case .tpm:
            guard let tcti = tcti ?? settings.root.tcti else {
                throw StartupError("Name the TPM: --tcti device:/dev/tpmrm0, or the setting root.tpm.tcti.")
            }
            return TPMGuard(tcti: tcti)
        case .token:
            return try settings.root.tokenGuard()
        case .shares: return SharesGuard(try SecretInput.shares(files: share))
        }
    }

    /// The guards of everything that was given; recovery shares from the terminal where nothing was.
    func given(_ settings: Settings) throws -> [any RootKeyGuard] {
        var kinds: [RootKeySlot.Kind] = []
        if keyFile != nil { kinds.append(.file) }
        if passphraseFile != nil { kinds.append(.passphrase) }
        if tcti != nil { kinds.append(.tpm) }
        if !share.isEmpty || kinds.isEmpty { kinds.append(.shares) }
        return try kinds.map { try guardian(of: $0, settings) }
    }
}
