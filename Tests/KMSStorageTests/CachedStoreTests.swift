import KMSCore
import KMSTestKit
import Synchronization
import Testing

@testable import KMSStorage

@Suite("the cache")
struct CachedStoreTests {
    let base = InMemoryStore()
    let key = Key.example(.example(1))
    var version: KeyVersion { key.exampleVersion(.example(2)) }
    var alias: Alias { Alias(name: .example("a"), namespace: key.namespace, key: key.id) }
    let account = Account(id: Namespace.example().account, createdAt: Timestamp(seconds: 0))
    var accessKey: AccessKey {
        AccessKey(
            id: "id",
            account: account.id,
            identity: .root,
            isActive: true,
            createdAt: Timestamp(seconds: 0),
            sealedSecret: [1]
        )
    }

    private func filled() async throws -> CachedStore<InMemoryStore> {
        let store = CachedStore(base)
        try await store.apply(
            Change([
                .insertKey(key), .insertVersion(version), .insertAlias(alias), .insertAccount(account),
                .access(.insertAccessKey(accessKey, limit: nil)),
            ])
        )
        return store
    }

    private func readAll(_ store: CachedStore<InMemoryStore>) async throws {
        #expect(try await store.key(key.id, in: key.namespace) == key)
        #expect(try await store.version(version.id) == version)
        #expect(try await store.alias(alias.name, in: key.namespace) == alias)
        #expect(try await store.accessKey("id") == accessKey)
        #expect(try await store.key(KeyID(.example(9)), in: key.namespace) == nil)
        #expect(try await store.version(KeyVersionID(.example(9))) == nil)
        #expect(try await store.alias(.example("none"), in: key.namespace) == nil)
        #expect(try await store.accessKey("none") == nil)
    }

    @Test("warm reads, of absent rows too, ask the store beneath nothing and do not suspend")
    func warmReads() async throws {
        let store = try await filled()
        try await readAll(store)
        let cold = base.readCount
        #expect(cold == 8)
        // A task started at once runs here until it suspends for the first time.
        let isDone = Mutex(false)
        let task = Task.immediate {
            try await readAll(store)
            isDone.withLock { $0 = true }
        }
        #expect(isDone.withLock { $0 })
        try await task.value
        #expect(base.readCount == cold)
    }

    @Test("a change is seen as soon as it is acknowledged, whatever it touched")
    func invalidation() async throws {
        let store = try await filled()
        try await readAll(store)
        let changed = key.changed { $0.isDisabled = true }
        let (second, name) = (Key.example(.example(9)), AliasName.example("none"))
        try await store.apply(
            Change([
                .updateKey(from: key, to: changed), .insertKey(second),
                .insertVersion(second.exampleVersion(.example(9))),
                .insertAlias(Alias(name: name, namespace: key.namespace, key: second.id)),
                .moveAlias(alias.name, in: key.namespace, from: key.id, to: second.id),
            ])
        )
        #expect(try await store.key(key.id, in: key.namespace) == changed)
        #expect(try await store.key(second.id, in: key.namespace) == second)
        #expect(try await store.version(KeyVersionID(.example(9))) != nil)
        #expect(try await store.alias(name, in: key.namespace)?.key == second.id)
        #expect(try await store.alias(alias.name, in: key.namespace)?.key == second.id)
    }

    @Test("with a retired key go its versions and aliases")
    func retirement() async throws {
        let store = try await filled()
        try await readAll(store)
        let ending = key.changed { $0.deleteAt = $0.createdAt }
        try await store.apply(Change([.updateKey(from: key, to: ending), .retireKey(ending)]))
        #expect(try await store.key(key.id, in: key.namespace) == nil)
        #expect(try await store.version(version.id) == nil)
        #expect(try await store.alias(alias.name, in: key.namespace) == nil)
    }

    @Test("a failed change makes the cache read again, since the row that was relied on may be old")
    func failedChange() async throws {
        let store = try await filled()
        try await readAll(store)
        // Behind the cache's back, as another node would.
        let elsewhere = key.changed { $0.description = "elsewhere" }
        try await base.apply(Change([.updateKey(from: key, to: elsewhere)]))
        await #expect(throws: StoreError.conflict) {
            try await store.apply(Change([.updateKey(from: key, to: key.changed { $0.isDisabled = true })]))
        }
        #expect(try await store.key(key.id, in: key.namespace) == elsewhere)
    }

    @Test("a failure is not remembered")
    func failure() async throws {
        let store = try await filled()
        base.fail(with: .unavailable("disk"))
        await #expect(throws: StoreError.unavailable("disk")) { try await store.key(key.id, in: key.namespace) }
        base.fail(with: nil)
        #expect(try await store.key(key.id, in: key.namespace) == key)
    }

    @Test("a row read before a change and filled in after it is not kept")
    func lateFills() async throws {
        let cache = Cache<Int, String>(capacity: 10, absentCapacity: 10)
        for outdate in [{ cache.forget(1) }, { cache.forget(where: { _ in false }) }] {
            let stale = try await cache.value(for: 1) { () async throws(StoreError) in
                outdate()
                return "old"
            }
            #expect(stale == "old")
            let fresh = try await cache.value(for: 1) { () async throws(StoreError) in "new" }
            #expect(fresh == "new")
            cache.forget(1)
        }
    }

    @Test("a cache holds no more than its capacity and keeps what is read often")
    func bounds() async throws {
        let cache = Cache<Int, Int>(capacity: 100, absentCapacity: 100)
        let reads = Mutex(0)
        func read(_ name: Int) async throws -> Int? {
            try await cache.value(for: name) { () async throws(StoreError) in
                reads.withLock { $0 += 1 }
                return name % 2 == 0 ? name : nil
            }
        }
        for name in 1..<1_000 {
            #expect(try await read(name) == (name % 2 == 0 ? name : nil))
            #expect(try await read(0) == 0)
        }
        #expect(reads.withLock { $0 } == 1_000)
        for name in 1..<1_000 { _ = try await read(name) }
        #expect(reads.withLock { $0 } > 1_800)
    }

    @Test("whoever asks for much that does not exist drives nothing out that does")
    func absentNames() async throws {
        let cache = Cache<Int, Int>(capacity: 10, absentCapacity: 10)
        for name in 0..<5 { _ = try await cache.value(for: name) { () async throws(StoreError) in name } }
        for name in 100..<1_000 { _ = try await cache.value(for: name) { () async throws(StoreError) in nil } }
        for name in 0..<5 {
            let kept = try await cache.value(for: name) { () async throws(StoreError) in nil }
            #expect(kept == name)
        }
        // They are bounded themselves: the first of them is asked for again.
        let renewed = try await cache.value(for: 100) { () async throws(StoreError) in 100 }
        #expect(renewed == 100)
    }

    @Test("no reader of the cache sees an older row than the last change that was acknowledged, nor an absent one")
    func cacheRaces() async throws {
        let cache = Cache<Int, Int>(capacity: 4, absentCapacity: 4)
        let rows = ChangingRows()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<2 {
                group.addTask {
                    for round in 0..<2_000 {
                        let name = (round * 2 + writer) % ChangingRows.count
                        rows.change(name) {
                            cache.forget(name)
                            if round % 100 == 0 { cache.forget(where: { _ in false }) }
                        }
                        await Task.yield()
                    }
                }
            }
            for reader in 0..<4 {
                group.addTask {
                    for round in 0..<4_000 {
                        let name = (round * 3 + reader) % ChangingRows.count
                        let before = rows.acknowledged(name)
                        let seen = try await cache.value(for: name) { () async throws(StoreError) in
                            let row = rows.changes(name)
                            await Task.yield()
                            return row % 2 == 0 ? row : nil
                        }
                        let isNew = seen.map { $0 >= before } ?? (before % 2 == 1 || rows.changes(name) > before)
                        #expect(isNew)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("readers racing with a writer never see an old row after its change was acknowledged")
    func races() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = CachedStore(try await SQLiteStore.open(folder: folder.path))
        try await store.apply(Change([.insertKey(key)]))
        let latest = Latest()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var current = key
                for _ in 0..<200 {
                    let next = current.changed { $0.isDisabled.toggle() }
                    try await store.apply(Change([.updateKey(from: current, to: next)]))
                    latest.note(next.revision)
                    current = next
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    var seen: Int64 = 0
                    while seen < 201 {
                        let acknowledged = latest.revision
                        seen = try await store.key(key.id, in: key.namespace)?.revision ?? 0
                        #expect(seen >= acknowledged)
                        await Task.yield()
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Rows that are what number of changes they have seen; after an odd number there is none. Each has one writer.
private final class ChangingRows: Sendable {
    static let count = 8
    private let made = Mutex([Int](repeating: 0, count: count))
    private let answered = Mutex([Int](repeating: 0, count: count))

    func changes(_ row: Int) -> Int { made.withLock { $0[row] } }

    func acknowledged(_ row: Int) -> Int { answered.withLock { $0[row] } }

    func change(_ row: Int, beforeAnswering: () -> Void) {
        made.withLock { $0[row] += 1 }
        beforeAnswering()
        answered.withLock { $0[row] += 1 }
    }
}

/// The newest revision that was acknowledged.
private final class Latest: Sendable {
    private let value = Mutex<Int64>(1)

    var revision: Int64 { value.withLock { $0 } }

    func note(_ revision: Int64) { value.withLock { $0 = revision } }
}
