import KMSCore
import KMSProtection
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSServer

/// A server that lacks one of its files, or has another server's.
@Suite(.timeLimit(.minutes(10))) struct LostFilesTests {
    private static let database = "keyhold.sqlite"

    private let folder: DataFolder
    private let other: DataFolder

    init() async throws {
        folder = try DataFolder()
        other = try DataFolder()
        for folder in [folder, other] {
            try await withWholeService(folder) { _, client in _ = try await client.createKey() }
        }
    }

    /// The folder must be refused for `reason`, with nothing of it changed.
    private func expectRefusal(_ reason: String) async throws {
        let before = try folder.files()
        do {
            _ = try await WholeService.open(folder, at: ManualClock(), log: CollectedLog())
            Issue.record("the server started")
        } catch let error as RootKeyError {
            #expect(error.description.contains(reason), "\(error)")
        }
        let after = try folder.files()
        for name in ["root.key", "root.pin", "audit.jsonl"] { #expect(after[name] == before[name], "\(name)") }
    }

    @Test("without its key file a server refuses to start, makes no new one, and starts when it is back")
    func lostKey() async throws {
        try folder.rename("root.key", to: "elsewhere")
        try await expectRefusal("root.key does not exist")
        try folder.rename("elsewhere", to: "root.key")
        try await withWholeService(folder, users: []) { _, client in
            let listing = try await client.call("ListKeys").json()
            #expect(listing["TotalCount"] == .number(1))
        }
    }

    @Test("with another server's key file a server refuses to start")
    func foreignKey() async throws {
        try folder.take("root.key", from: other)
        try await expectRefusal("root.key belongs to slot")
    }

    @Test("without its database a server refuses to start where it had one, and makes no new root")
    func lostDatabase() async throws {
        try folder.rename(Self.database, to: "elsewhere")
        try await expectRefusal("remembers the root key of database")
    }

    @Test("with another server's database a server refuses to start, and leaves it as it is")
    func foreignDatabase() async throws {
        let rows = try await SQLiteStore.open(folder: other.path).dump()
        try folder.take(Self.database, from: other)
        try await expectRefusal("root.key belongs to slot")
        let left = try await SQLiteStore.open(folder: folder.path).dump()
        #expect(left == rows)
    }

    @Test("with another server's database and key file a server that remembers its own root refuses to start")
    func substitutedRoot() async throws {
        for name in [Self.database, "root.key"] { try folder.take(name, from: other) }
        try await expectRefusal("another root key than the one that this server used before")
    }
}
