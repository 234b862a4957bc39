import CSyncVFS
import Foundation
import GRDB
import KMSCore
import KMSTestKit
import Synchronization
import Testing

@testable import KMSStorage

/// `kill -9` cannot show a missing sync, because the system keeps what was written. Here only what SQLite has synced
/// survives.
@Suite("after a power cut")
struct PowerCutTests {
    let folder: TemporaryFolder

    init() throws {
        #expect(CSyncVFS_install() == 0)
        folder = try TemporaryFolder("powercut")
    }

    @Test("every acknowledged change is there, whenever the power fails")
    func acknowledgedChangesSurvive() async throws {
        let acknowledged = Acknowledged()
        let store = try await SQLiteStore.open(folder: folder.path)
        var cuts: [(keys: [Key], folder: TemporaryFolder)] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt64(0)..<8 {
                group.addTask { try await Self.write(to: store, as: writer, noting: acknowledged) }
            }
            for threshold in [1, 30, 100, 101, 200, 319] {
                while acknowledged.keys.count < threshold { await Task.yield() }
                // In this order: what is acknowledged after this may or may not be in the copy.
                let keys = acknowledged.keys
                cuts.append((keys, try cut()))
            }
            try await group.waitForAll()
        }
        cuts.append((acknowledged.keys, try cut()))
        #expect(acknowledged.keys.count == 320)
        for (keys, folder) in cuts {
            let survivor = try await SQLiteStore.open(folder: folder.path)
            for key in keys {
                #expect(try await survivor.key(key.id, in: key.namespace) == key)
                let page = Page(number: 1, size: 1)
                #expect(try await survivor.versions(of: key.id, in: key.namespace, page: page).totalCount == 1)
            }
            let verdict = try await survivor.pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
            #expect(verdict == "ok")
        }
    }

    private static func write(to store: SQLiteStore, as writer: UInt64, noting acknowledged: Acknowledged) async throws
    {
        for number in UInt64(0)..<40 {
            let key = Key.example(.example(writer * 1_000 + number))
            let version = key.exampleVersion(.example(100_000 + writer * 1_000 + number))
            try await store.apply(Change([.insertKey(key), .insertVersion(version)]))
            acknowledged.add(key)
        }
    }

    @Test("a database that was only just made is whole, and so is one whose log was just emptied")
    func freshDatabase() async throws {
        let key = Key.example(.example(1))
        let store = try await SQLiteStore.open(folder: folder.path)
        let first = try cut()
        defer { withExtendedLifetime(first) {} }
        _ = try await SQLiteStore.open(folder: first.path)
        try await store.apply(Change([.insertKey(key)]))
        let ending = key.changed { $0.deleteAt = $0.createdAt }
        try await store.apply(Change([.updateKey(from: key, to: ending), .retireKey(ending)]))
        try await store.scrub()
        try await store.apply(Change([.destroyKey(key.id)], audit: .example(.example(5))))
        let second = try cut()
        defer { withExtendedLifetime(second) {} }
        let survivor = try await SQLiteStore.open(folder: second.path)
        #expect(try await !survivor.holdsSealedRows(of: .server))
        #expect(try await survivor.unacknowledgedAuditLines().count == 1)
    }

    @Test("without the sync changes would be lost, so this proof can fail")
    func proofCanFail() async throws {
        let key = Key.example(.example(1))
        let store = try await SQLiteStore.open(folder: folder.path)
        try await store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        try await store.apply(Change([.insertKey(key)]))
        let folder = try cut()
        defer { withExtendedLifetime(folder) {} }
        let survivor = try await SQLiteStore.open(folder: folder.path)
        #expect(try await survivor.key(key.id, in: key.namespace) == nil)
        #expect(try await store.key(key.id, in: key.namespace) == key)
    }

    /// A folder with what the disk would hold now.
    private func cut() throws -> TemporaryFolder {
        let target = try TemporaryFolder()
        guard CSyncVFS_cut(folder.path, target.path) == 0 else { throw CocoaError(.fileReadUnknown) }
        return target
    }
}

/// The keys whose changes were answered.
private final class Acknowledged: Sendable {
    private let list = Mutex<[Key]>([])

    var keys: [Key] { list.withLock { $0 } }

    func add(_ key: Key) { list.withLock { $0.append(key) } }
}
