import Foundation
import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

@Suite("The root key loader")
struct RootKeyLoaderTests {
    private let store = MemorySlotStore()
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(_ folder: TemporaryFolder? = nil) async throws(RootKeyError) -> RootKey {
        try await RootKeyLoader(store: store, folder: (folder ?? self.folder).path).open().current
    }

    /// What the loader says where it refuses; nil where it gives a root.
    private func refusal(_ folder: TemporaryFolder? = nil) async -> String? {
        do {
            _ = try await load(folder)
            return nil
        } catch { return error.description }
    }

    @Test("creates a root in an empty database, and opens the same one ever after")
    func createsAndReopens() async throws {
        let first = try await load().fingerprint()
        #expect(try folder.names() == ["root.key", "root.pin"])
        #expect(try folder.mode(of: "root.key") == 0o600)
        #expect(try folder.mode(of: "root.pin") == 0o600)
        let table = try #require(store.table)
        #expect(table.generation == 1 && table.slots.count == 1 && table.authenticationCode.count == 32)
        for _ in 0..<3 { #expect(try await load().fingerprint() == first) }
        #expect(store.table == table)
    }

    @Test("a start that stopped between file and table is taken up again")
    func resumes() async throws {
        store.change { $0.failure = .unavailable("no disk") }
        let said = try #require(await refusal())
        #expect(said.contains("no disk"))
        #expect(try folder.names() == ["root.key"])
        let file = try folder.bytes(of: "root.key")
        store.change { $0.failure = nil }
        _ = try await load()
        #expect(try folder.bytes(of: "root.key") == file)
        let table = try #require(store.table)
        let slot = try #require(RootKeySlot(parsing: table.slots[0]))
        #expect(slot.id.bytes == Array(file[1..<17]))
    }

    @Test("a table whose creation was not acknowledged is used at the next start")
    func lostAnswer() async throws {
        store.change { $0.failureAfterwards = .unavailable("connection lost") }
        #expect(await refusal()?.contains("connection lost") == true)
        let table = try #require(store.table)
        _ = try await load()
        #expect(store.table == table)
    }

    @Test("a start that stopped between table and pin is taken up again")
    func resumesWithoutPin() async throws {
        let first = try await load().fingerprint()
        try folder.remove("root.pin")
        #expect(try await load().fingerprint() == first)
        #expect(try folder.names() == ["root.key", "root.pin"])
    }

    @Test("the loser of a race with the same folder takes the winner's root")
    func losesWithSameFolder() async throws {
        let other = MemorySlotStore()
        let winner = try await RootKeyLoader(store: other, folder: folder.path).open().current
        try folder.remove("root.pin")
        let table = try #require(other.table)
        store.change { $0.beforeCreation = { $0.table = table } }
        #expect(try await load().fingerprint() == winner.fingerprint())
        #expect(store.table == table)
    }

    @Test("the loser of a race with a folder of its own is told to fetch the winner's file")
    func losesWithOwnFolder() async throws {
        let elsewhere = try TemporaryFolder()
        let other = MemorySlotStore()
        let winner = try await RootKeyLoader(store: other, folder: elsewhere.path).open().current
        let table = try #require(other.table)
        store.change { $0.beforeCreation = { $0.table = table } }
        let said = try #require(await refusal())
        #expect(said.contains("root.key") && said.contains("slot"))
        try folder.write(try elsewhere.bytes(of: "root.key"), to: "root.key")
        #expect(try await load().fingerprint() == winner.fingerprint())
    }

    @Test("many servers that start at once on one folder agree on one root")
    func manyAtOnce() async throws {
        let fingerprints = await withTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<16 { group.addTask { try? await load().fingerprint() } }
            return await group.reduce(into: Set<[UInt8]?>()) { $0.insert($1) }
        }
        #expect(fingerprints.count == 1 && !fingerprints.contains(nil))
        #expect(try folder.names() == ["root.key", "root.pin"])
    }

    @Test("a database with rows but no slots is never given a new root")
    func rowsWithoutSlots() async throws {
        store.change { $0.holdsSealedRows = true }
        #expect(await refusal()?.contains("no root-key slot") == true)
        #expect(try folder.names().isEmpty)
        #expect(store.table == nil)
    }

    @Test("an emptied database is noticed by the pin")
    func emptiedDatabase() async throws {
        _ = try await load()
        store.table = nil
        #expect(await refusal()?.contains("root.pin") == true)
        #expect(store.table == nil)
    }

    @Test("a missing key file stops the start, and none is made")
    func missingFile() async throws {
        _ = try await load()
        try folder.remove("root.key")
        #expect(await refusal()?.contains("does not exist") == true)
        #expect(try folder.names() == ["root.pin"])
    }

    @Test("a key file that others may read is refused", arguments: [0o640, 0o604, 0o660, 0o601])
    func looseMode(mode: Int) async throws {
        _ = try await load()
        try folder.setMode(mode, of: "root.key")
        #expect(await refusal()?.contains("chmod 600") == true)
    }

    @Test("a link in place of the key file is refused")
    func link() async throws {
        _ = try await load()
        try folder.write(try folder.bytes(of: "root.key"), to: "elsewhere")
        try folder.remove("root.key")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/root.key",
            withDestinationPath: folder.path + "/elsewhere"
        )
        #expect(await refusal() != nil)
    }

    @Test("a folder in place of the key file is refused")
    func folderInPlace() async throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/root.key",
            withIntermediateDirectories: false
        )
        #expect(await refusal()?.contains("regular file") == true)
    }

    @Test("a changed byte anywhere in key file, pin or table stops the start in plain words")
    func changes() async throws {
        _ = try await load()
        let (file, pin) = (try folder.bytes(of: "root.key"), try folder.bytes(of: "root.pin"))
        let table = try #require(store.table)
        for (name, bytes) in [("root.key", file), ("root.pin", pin)] {
            for position in bytes.indices {
                var changed = bytes
                changed[position] ^= 1
                try folder.write(changed, to: name)
                #expect(await refusal() != nil, "byte \(position) of \(name)")
            }
            for cut in [0, 1, bytes.count - 1] {
                try folder.write(Array(bytes.prefix(cut)), to: name)
                #expect(await refusal() != nil)
            }
            try folder.write(bytes + [0], to: name)
            #expect(await refusal() != nil)
            try folder.write(bytes, to: name)
        }
        for position in table.slots[0].indices {
            var slot = table.slots[0]
            slot[position] ^= 1
            store.table = table.with(slots: [slot])
            #expect(await refusal() != nil, "byte \(position) of the slot")
        }
        for position in table.authenticationCode.indices {
            var code = table.authenticationCode
            code[position] ^= 1
            store.table = table.with(code: code)
            #expect(await refusal() != nil)
        }
        store.table = table.with(generation: 2)
        #expect(await refusal() != nil)
        store.table = table.with(databaseID: .zero)
        #expect(await refusal() != nil)
        store.table = table.with(slots: table.slots + table.slots)
        #expect(await refusal() != nil)
        store.table = table.with(slots: [])
        #expect(await refusal() != nil)
        store.table = table
        #expect(await refusal() == nil)
    }

    @Test("a root that somebody else wrapped to this server's slot is refused by the pin")
    func substitutedRoot() async throws {
        _ = try await load()
        let table = try #require(store.table)
        let slot = try #require(RootKeySlot(parsing: table.slots[0]))
        let forged = RootKey.repeating(6)
        let wrapped = try RootKeySlot.wrapping(
            forged,
            of: table.databaseID,
            to: slot.key
        )
        let code = try forged.authenticationCode(databaseID: table.databaseID, slots: [wrapped.bytes])
        store.table = table.with(slots: [wrapped.bytes], code: code)
        #expect(await refusal()?.contains("another root key") == true)
    }

    @Test("slots of kinds that this server does not know are passed over")
    func unknownKinds() async throws {
        let root = try await load()
        let table = try #require(store.table)
        let slots = [[1, 200, 7, 7, 7], table.slots[0], []]
        let code = try root.authenticationCode(databaseID: table.databaseID, slots: slots)
        store.table = table.with(slots: slots, code: code)
        #expect(try await load().fingerprint() == root.fingerprint())
    }

    @Test("no error tells anything of the key file's content")
    func silence() async throws {
        _ = try await load()
        let secret = hexText(try folder.bytes(of: "root.key").suffix(32))
        store.table = store.table?.with(databaseID: .zero)
        let said = try #require(await refusal())
        #expect(!said.contains(secret) && !said.contains(secret.prefix(8)))
    }
}

extension SlotTable {
    fileprivate func with(
        databaseID: UUIDBytes? = nil,
        generation: UInt32? = nil,
        slots: [[UInt8]]? = nil,
        code: [UInt8]? = nil
    ) -> SlotTable {
        SlotTable(
            databaseID: databaseID ?? self.databaseID,
            generation: generation ?? self.generation,
            slots: slots ?? self.slots,
            authenticationCode: code ?? authenticationCode
        )
    }
}
