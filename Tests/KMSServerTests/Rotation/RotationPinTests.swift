import FoundationEssentials
import GRDB
import KMSCore
import KMSTestKit
import Testing

@testable import KMSProtection
@testable import KMSServer
@testable import KMSStorage

@Suite("The pin over rotations of the root key", .timeLimit(.minutes(10)))
struct RotationPinTests {
    private let folder: DataFolder
    private let clock = ManualClock()

    init() throws { folder = try DataFolder() }

    private func serving<Value: Sendable>(
        _ folder: DataFolder? = nil,
        _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Value
    ) async throws -> Value {
        try await withRestartedService(folder ?? self.folder, at: clock, body)
    }

    /// Why the folder's root does not open, or nil.
    private func refusal() async throws -> String? {
        let store = try await SQLiteStore.open(folder: folder.path)
        do {
            _ = try await RootKeyLoader(store: store, rotations: store, folder: folder.path).open()
            return nil
        } catch { return error.description }
    }

    private func rotate(_ times: Int) async throws {
        try await serving { service, _ in
            for _ in 0..<times {
                _ = try await service.rotation.rotateRootKey(atOnce: true)
                #expect(await service.rotation.proceed() == [])
            }
        }
    }

    @Test("a server with the pin of any earlier generation follows what the generations have signed")
    func follows() async throws {
        try await rotate(0)
        let first = try DataFolder()
        try first.take("root.pin", from: folder)
        try await rotate(3)
        let last = try folder.bytes(of: "root.pin")
        #expect(RootKeyPin(parsing: last)?.generation == 4)
        try folder.take("root.pin", from: first)
        #expect(try await refusal() == nil)
        #expect(try folder.bytes(of: "root.pin") == last)
        #expect(try folder.files().keys.filter { $0.hasPrefix(".") } == [])
    }

    @Test("a root with a made-up succession is refused, and so are successions that lack a link")
    func substitutes() async throws {
        try await rotate(1)
        let store = try await SQLiteStore.open(folder: folder.path)
        let table = try #require(try await store.slotTable(.server))
        let forged = RootKey(generation: 3, secret: SecretBytes(copying: Array(repeating: 6, count: 32)))
        let slots = try table.slots.map { bytes in
            try #require(RootKeySlot(parsing: bytes)).wrapping(forged, of: table.databaseID).bytes
        }
        let current = RootKey(generation: 2, secret: SecretBytes(copying: Array(repeating: 5, count: 32)))
        let pin = try #require(RootKeyPin(parsing: try folder.bytes(of: "root.pin")))
        let made = try RootSuccession.make(from: current, to: forged, of: table.databaseID)
        // The key that made the one before, its own, and none that fits.
        let genuine = try #require(try await store.rootSuccessions(since: 1).first)
        let stolen = try #require(RootSuccession(parsing: genuine))
        let renamed = RootSuccession(
            databaseID: table.databaseID,
            generation: 2,
            publicKey: stolen.publicKey,
            successor: try forged.fingerprint(),
            signature: stolen.signature
        )
        for succession in [made.bytes, renamed.bytes, genuine, []] {
            let found = RootKeyPin(
                databaseID: table.databaseID,
                generation: 3,
                fingerprint: try forged.fingerprint()
            )
            #expect(!RootSuccession.lead(from: pin, to: found, [succession]))
        }
        try await store.beginRootRotation(
            RootRotationStart(
                table: SlotTable(
                    databaseID: table.databaseID,
                    generation: 3,
                    slots: slots,
                    authenticationCode: try forged.authenticationCode(databaseID: table.databaseID, slots: slots)
                ),
                replaced: table.authenticationCode,
                rotation: StoredRootRotation(
                    generation: 2,
                    sealedRoot: [],
                    beganAt: Timestamp(seconds: 0),
                    tokensUntil: nil
                ),
                succession: made.bytes,
                lastingKeys: []
            )
        )
        do {
            _ = try await RootKeyLoader(store: store, rotations: store, folder: folder.path).open()
            Issue.record("the substitute was taken")
        } catch { #expect(error.description.contains("another root key")) }
    }

    @Test("a backup from before opens with the slots of then, once the newer pin is removed")
    func backups() async throws {
        let backup = try DataFolder()
        let blob = try await serving { service, client in
            let key = try await client.createKey()
            return try await client.text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": "x"])
        }
        for name in ["keyhold.sqlite", "root.key", "root.pin"] { try backup.take(name, from: folder) }
        try await rotate(2)
        try backup.take("root.key", from: folder)
        try await serving(backup) { service, client in
            #expect(service.root.current.generation == 1)
            let opened = try await client.text("Plaintext", of: "Decrypt", ["CiphertextBlob": blob])
            #expect(opened == "x")
        }
        // The server that knows of a later root does not take the earlier one back without a word.
        try folder.take("keyhold.sqlite", from: backup)
        for name in ["keyhold.sqlite-wal", "keyhold.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
        }
        #expect(try await refusal()?.contains("another root key") == true)
    }

    @Test("a previous root that was changed in the database is refused before anything is served")
    func damagedRotation() async throws {
        try await serving { service, _ in _ = try await service.rotation.rotateRootKey(atOnce: true) }
        let store = try await SQLiteStore.open(folder: folder.path)
        try await store.pool.write { database in
            try database.execute(sql: "UPDATE root_rotation SET sealed_root = zeroblob(length(sealed_root))")
        }
        do {
            _ = try await RootKeyLoader(store: store, rotations: store, folder: folder.path).open()
            Issue.record("it was taken")
        } catch { #expect(error.description.contains("root_rotation")) }
    }
}
