import Foundation
import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

@Suite("The slots of the root key")
struct RootKeySlotsTests {
    private let store = MemorySlotStore()
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(_ guards: [any RootKeyGuard] = []) async throws -> RootKeyRing {
        try await RootKeyLoader(store: store, folder: folder.path, guards: guards).open()
    }

    /// What the loader says where it refuses; nil where it gives a root.
    private func refusal(_ guards: [any RootKeyGuard]) async throws -> String? {
        do {
            _ = try await load(guards)
            return nil
        } catch let error as RootKeyError { return error.description }
    }

    private func firstSlot() throws -> UUIDBytes {
        try #require(store.table?.slots.first.flatMap(RootKeySlot.init(parsing:))).id
    }

    @Test(
        "a slot of each kind opens alone, after the first one is gone, and only with its guard",
        arguments: SlotMaker.allCases
    )
    func eachKind(_ maker: SlotMaker) async throws {
        let ring = try await load()
        let slots = RootKeySlots(store: store, ring: ring)
        let made = try maker.make()
        try await slots.add(made.key)
        #expect(store.table?.slots.count == 2)
        try await slots.remove(try firstSlot())
        try folder.remove("root.key")
        #expect(try await load([made.guardian]).current.fingerprint() == ring.current.fingerprint())
        let said = try #require(await refusal([]))
        #expect(said.contains("\(made.key.id)") && said.contains(made.key.kind.word), "\(said)")
        let other = try maker.make()
        #expect(try await refusal([other.guardian]) != nil)
        withExtendedLifetime(other.owner) {}
        withExtendedLifetime(made.owner) {}
    }

    @Test("a root that somebody else wrapped to a slot of any kind is refused", arguments: SlotMaker.allCases)
    func substitutedRoot(_ maker: SlotMaker) async throws {
        let made = try maker.make()
        try await RootKeySlots(store: store, ring: load()).add(made.key)
        try folder.remove("root.key")
        _ = try await load([made.guardian])
        let table = try #require(store.table)
        let forged = RootKey.repeating(6)
        let slots = [try RootKeySlot.wrapping(forged, of: table.databaseID, to: made.key).bytes]
        store.table = try forged.table(of: table.databaseID, slots)
        #expect(try await refusal([made.guardian])?.contains("another root key") == true)
        // Nor does the true code help a forged slot, nor a forged slot beside the true one.
        store.table = SlotTable(
            databaseID: table.databaseID,
            generation: 1,
            slots: slots + table.slots,
            authenticationCode: table.authenticationCode
        )
        #expect(try await refusal([made.guardian])?.contains("does not have the root key") == true)
        store.table = table
        #expect(try await refusal([made.guardian]) == nil)
        withExtendedLifetime(made.owner) {}
    }

    @Test("a changed byte anywhere in a slot of any kind keeps it shut", arguments: SlotMaker.allCases)
    func changedSlot(_ maker: SlotMaker) async throws {
        let made = try maker.make()
        let root = RootKey.repeating(1)
        let slot = try RootKeySlot.wrapping(root, of: .zero, to: made.key).bytes
        #expect(
            try await root.table(of: .zero, [slot]).open(with: [made.guardian]).root.fingerprint() == root.fingerprint()
        )
        // Devices are slow; a byte here and there will do for them.
        for position in stride(from: 0, to: slot.count, by: [.tpm, .token].contains(maker) ? 23 : 1) {
            var changed = slot
            changed[position] ^= 1
            let table = try root.table(of: .zero, [changed])
            await #expect(throws: RootKeyError.self, "byte \(position)") { try await table.open(with: [made.guardian]) }
        }
        withExtendedLifetime(made.owner) {}
    }

    @Test("the last slot that can be read stays")
    func lastSlot() async throws {
        let ring = try await load()
        let slots = RootKeySlots(store: store, ring: ring)
        await #expect(throws: RootKeySlots.Failure.isLast) { try await slots.remove(try firstSlot()) }
        let table = try #require(store.table)
        store.table = try ring.current.table(of: table.databaseID, table.slots + [[1, 200, 7]])
        await #expect(throws: RootKeySlots.Failure.isLast) { try await slots.remove(try firstSlot()) }
    }

    @Test("a slot is added once, and only a slot that is there is removed")
    func addedOnce() async throws {
        let slots = RootKeySlots(store: store, ring: try await load())
        let made = try SlotMaker.shares.make()
        try await slots.add(made.key)
        await #expect(throws: RootKeySlots.Failure.exists) { try await slots.add(made.key) }
        await #expect(throws: RootKeySlots.Failure.unknown) { try await slots.remove(.zero) }
        #expect(store.table?.slots.count == 2)
    }

    @Test("a public key that is no point of the curve is refused")
    func noPoint() async throws {
        let slots = RootKeySlots(store: store, ring: try await load())
        let key = RootSlotKey(.file, .zero, publicKey: [4] + [UInt8](repeating: 1, count: 64), parameters: [])
        await #expect(throws: RootKeySlots.Failure.invalidKey) { try await slots.add(key) }
    }

    @Test("a table that somebody without the root changed is not given a code that vouches for it")
    func damagedTable() async throws {
        let slots = RootKeySlots(store: store, ring: try await load())
        let table = try #require(store.table)
        let foreign = try RootKeySlot.wrapping(.repeating(9), of: table.databaseID, to: SlotMaker.shares.make().key)
        let changed = SlotTable(
            databaseID: table.databaseID,
            generation: 1,
            slots: table.slots + [foreign.bytes],
            authenticationCode: table.authenticationCode
        )
        store.table = changed
        let key = try SlotMaker.shares.make().key
        await #expect(throws: RootKeySlots.Failure.damaged) { try await slots.add(key) }
        await #expect(throws: RootKeySlots.Failure.damaged) { try await slots.remove(try firstSlot()) }
        #expect(store.table == changed)
    }

    @Test("additions at the same time all come to be")
    func atOnce() async throws {
        let slots = RootKeySlots(store: store, ring: try await load())
        let keys = try (0..<8).map { _ in try SlotMaker.shares.make().key }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for key in keys { group.addTask { try await slots.add(key) } }
            try await group.waitForAll()
        }
        #expect(store.table?.slots.count == 9)
        _ = try await load()
    }

    @Test("a table has 64 slots at most")
    func full() async throws {
        let ring = try await load()
        let slots = RootKeySlots(store: store, ring: ring)
        let table = try #require(store.table)
        let many = [[UInt8]](repeating: [1, 200], count: 63)
        store.table = try ring.current.table(of: table.databaseID, table.slots + many)
        let key = try SlotMaker.shares.make().key
        await #expect(throws: RootKeySlots.Failure.tooMany) { try await slots.add(key) }
        store.table = try ring.current.table(of: table.databaseID, table.slots + many + [[1, 200]])
        #expect(try await refusal([])?.contains("more than can have been made") == true)
    }

    @Test("the refusal names every slot and what kept it shut")
    func refusalNamesAll() async throws {
        let slots = RootKeySlots(store: store, ring: try await load())
        let passphrase = try SlotMaker.passphrase.make()
        let shares = try SlotMaker.shares.make()
        try await slots.add(passphrase.key)
        try await slots.add(shares.key)
        let first = try firstSlot()
        try folder.remove("root.key")
        let wrong = PassphraseGuard(.text("another passphrase"))
        let lines = try #require(await refusal([wrong])).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1].contains("\(first)") && lines[1].contains("root.key does not exist"))
        #expect(lines[2].contains("\(passphrase.key.id)") && lines[2].contains("passphrase is wrong"))
        #expect(lines[3].contains("\(shares.key.id)") && lines[3].contains("root recover"))
    }
}

extension RootKey {
    fileprivate func table(of databaseID: UUIDBytes, _ slots: [[UInt8]]) throws -> SlotTable {
        SlotTable(
            databaseID: databaseID,
            generation: generation,
            slots: slots,
            authenticationCode: try authenticationCode(databaseID: databaseID, slots: slots)
        )
    }
}
