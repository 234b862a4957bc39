internal import ArgumentParser
internal import KMSCore
internal import KMSProtection

/// Shows, adds, tries and removes the ways to the root key (`Documentation/RootKeySlots.md`).
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "root",
        abstract: "Shows, adds, tries and removes the slots of the root key, recovers it and rotates it.",
        subcommands: [
            List.self, RootAddCommand.self, RootTestCommand.self, Remove.self, RootRecoverCommand.self,
            Rotate.self, Rotation.self,
        ]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the slots, each with its kind, and the fingerprint of the root key."
        )
        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            let listing = try await RootKeyListing.asked(of: AdministrationClient(options: options))
            print("generation \(listing.table.generation), fingerprint \(listing.fingerprint)")
            for bytes in listing.table.slots {
                guard let slot = RootKeySlot(parsing: bytes) else {
                    print("a slot that this version cannot read")
                    continue
                }
                print("\(slot.id)  \(slot.kind.word)")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Removes a slot, never the last one.",
            discussion: """
                What guarded the slot opens backups that were made before. If it fell into wrong hands, rotate the \
                root key after removing it.
                """
        )
        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The slot's id.") var slot: String

        func run() async throws {
            _ = try await AdministrationClient(options: options).call("RemoveRootKeySlot", [("SlotId", slot)])
            print(
                """
                Removed. Backups of the database that were made before still open with it. If what guarded the slot \
                fell into wrong hands, the root key must be rotated now.
                """
            )
        }
    }
}

/// The table of root-key slots as a server shows it.
struct RootKeyListing {
    let table: SlotTable
    /// Base64, to be compared by eye.
    let fingerprint: String

    static func asked(of client: AdministrationClient) async throws -> RootKeyListing {
        let answer = try await client.call("ListRootKeySlots")
        guard case .number(let digits)? = answer["Generation"],
            let generation = UInt32(String(decoding: digits, as: UTF8.self)),
            let databaseID = answer["DatabaseId"]?.text.flatMap({ UUIDBytes(text: $0.utf8) }),
            let code = answer["AuthenticationCode"]?.base64, let fingerprint = answer["Fingerprint"]?.text
        else { throw StartupError("The server answers in a form that this program does not know.") }
        let slots = answer.list("RootKeySlots", of: "RootKeySlot").compactMap { $0["Slot"]?.base64 }
        let table = SlotTable(databaseID: databaseID, generation: generation, slots: slots, authenticationCode: code)
        return RootKeyListing(table: table, fingerprint: fingerprint)
    }
}

extension StrictJSON {
    /// The bytes that a text in base64 stands for.
    var base64: [UInt8]? {
        guard case .string(let text) = self else { return nil }
        return Base64.decode(Array(text)[...])
    }
}
