import FoundationEssentials
import KMSCore
import KMSStorage
import KMSTestKit
import Testing

@Suite("The SQLite store")
struct SQLiteStoreTests {
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.path + "/keyhold-storage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    @Test("what was acknowledged is there when the store is opened again")
    func reopens() async throws {
        try await withFolder { folder in
            let key = Key.example(UUIDBytes(high: 1, low: 1))
            do { try await SQLiteStore.open(folder: folder).apply(Change([.insertKey(key)])) }
            let reopened = try await SQLiteStore.open(folder: folder)
            #expect(try await reopened.key(key.id, in: key.namespace) == key)
        }
    }

    @Test("a second opener of the folder is refused")
    func locks() async throws {
        try await withFolder { folder in
            let store = try await SQLiteStore.open(folder: folder)
            await #expect(throws: StoreError.self) { _ = try await SQLiteStore.open(folder: folder) }
            withExtendedLifetime(store) {}
        }
    }

    @Test("changes made together share a transaction, and one that fails takes no other with it")
    func groupCommit() async throws {
        try await withFolder { folder in
            let store = try await SQLiteStore.open(folder: folder)
            let key = Key.example(UUIDBytes(high: 1, low: 1))
            try await store.apply(Change([.insertKey(key)]))
            let made = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let changed = key.changed { $0.description = "\(number)" }
                        return (try? await store.apply(Change([.updateKey(from: key, to: changed)]))) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(made == 1)
            #expect(try await store.key(key.id, in: key.namespace)?.revision == 2)
        }
    }
}
