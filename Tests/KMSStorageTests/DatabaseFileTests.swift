import Foundation
import GRDB
import Glibc
import KMSCore
import KMSTestKit
import Testing

@testable import KMSStorage

@Suite("the database file")
struct DatabaseFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("what was written is there when the database is opened again")
    func reopening() async throws {
        let key = Key.example(.example(1))
        let version = key.exampleVersion(.example(2))
        let alias = Alias(name: .example("a"), namespace: key.namespace, key: key.id)
        let mark = ReplayMark(digest: .example(3), account: key.namespace.account, timestamp: key.createdAt)
        do {
            let store = try await SQLiteStore.open(folder: folder.path)
            try await store.apply(
                Change([.insertKey(key), .insertVersion(version), .insertAlias(alias)], replay: mark)
            )
        }
        let store = try await SQLiteStore.open(folder: folder.path)
        #expect(try await store.key(key.id, in: key.namespace) == key)
        #expect(try await store.version(version.id) == version)
        #expect(try await store.alias(alias.name, in: key.namespace) == alias)
        let page = Page(number: 1, size: 10)
        let listing = try await store.keys(in: key.namespace, matching: KeyFilter(), at: key.createdAt, page: page)
        #expect(listing.rows == [key.id] && listing.totalCount == 1)
        await #expect(throws: StoreError.replayed) { try await store.apply(Change([], replay: mark)) }
    }

    @Test("the writer syncs fully and overwrites what it deletes")
    func durability() async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        let settings = try await store.pool.writeWithoutTransaction { database in
            try ["synchronous", "journal_mode", "secure_delete", "foreign_keys"].map {
                try String.fetchOne(database, sql: "PRAGMA \($0)")
            }
        }
        #expect(settings == ["2", "wal", "1", "1"])
    }

    @Test("a second opener is refused in plain words until the first is gone")
    func oneOwner() async throws {
        do {
            let first = try await SQLiteStore.open(folder: folder.path)
            let error = await #expect(throws: StoreError.self) { try await SQLiteStore.open(folder: folder.path) }
            #expect(error?.reason?.contains("Another process uses the data folder") == true)
            withExtendedLifetime(first) {}
        }
        _ = try await SQLiteStore.open(folder: folder.path)
    }

    @Test("the database keeps SQLite's own locks, so that no tool takes it for abandoned and removes its log")
    func ownLocks() async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        try await store.apply(Change([.insertKey(.example(.example(1)))]))
        let descriptor = open(folder.path + "/keyhold.sqlite", O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        // F_OFD_GETLK, which Glibc's module lacks. It asks as another process would: what belongs to an open file
        // conflicts with the locks of every process, ours too.
        let askForOpenFile: CInt = 36
        var query = flock()
        query.l_type = Int16(F_WRLCK)
        #expect(fcntl(descriptor, askForOpenFile, &query) == 0)
        #expect(query.l_type == Int16(F_RDLCK))
        withExtendedLifetime(store) {}
    }

    @Test("what the store makes is for its owner alone")
    func modes() async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        try await store.apply(Change([.insertKey(.example(.example(1)))]))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(Set(files).isSuperset(of: ["keyhold.sqlite", "keyhold.sqlite-wal", "lock"]))
        for file in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(file)")
            #expect((attributes[.posixPermissions] as? Int ?? 0o777) & 0o077 == 0, "\(file)")
        }
        await #expect(throws: StoreError.self) { try await SQLiteStore.open(folder: folder.path + "/none") }
    }

    @Test("a schema from the future is refused unless it says that this code can work on it")
    func newerSchema() async throws {
        _ = try await SQLiteStore.open(folder: folder.path)
        func set(version: Int, oldest: Int) throws {
            let database = try DatabaseQueue(path: folder.path + "/keyhold.sqlite")
            try database.write {
                try $0.execute(
                    sql: "UPDATE schema SET version = ?, oldest_compatible_code = ?",
                    arguments: [version, oldest]
                )
            }
        }
        try set(version: Schema.currentVersion + 1, oldest: Schema.currentVersion + 1)
        let error = await #expect(throws: StoreError.self) { try await SQLiteStore.open(folder: folder.path) }
        #expect(error?.reason?.contains("needs a newer Keyhold") == true)
        try set(version: Schema.currentVersion + 1, oldest: Schema.currentVersion)
        _ = try await SQLiteStore.open(folder: folder.path)
    }

    @Test("migrations run once each, in order, and a failed one leaves the schema at the step before it")
    func migrations() throws {
        let next = Schema.Migration(
            version: Schema.currentVersion + 1,
            oldestCompatibleCode: 1,
            statements: ["ALTER TABLE keys ADD COLUMN note TEXT", "INSERT INTO counters VALUES ('1', 'r', 'x', 4)"]
        )
        let broken = Schema.Migration(
            version: Schema.currentVersion + 2,
            oldestCompatibleCode: Schema.currentVersion + 2,
            statements: ["CREATE TABLE half (x BIGINT)", "CREATE TABLE half (x BIGINT)"]
        )
        try DatabaseQueue().inDatabase { database in
            try Migrator.migrate(database)
            let shipped = Schema.migrations
            try Migrator.migrate(database, shipped + [next])
            try Migrator.migrate(database, shipped + [next])
            #expect(throws: DatabaseError.self) { try Migrator.migrate(database, shipped + [next, broken]) }
            let row = try Row.fetchOne(database, sql: "SELECT version, oldest_compatible_code FROM schema")
            #expect(row?["version"] == Schema.currentVersion + 1 && row?["oldest_compatible_code"] == 1)
            #expect(try !database.tableExists("half"))
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM counters") == 1)
        }
    }

    @Test("the step that counts versions finds those that are there")
    func countsVersions() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let store = try await SQLiteStore.open(folder: folder.path)
        let places: [(UInt64, Namespace)] = [(1, .example()), (2, .example()), (3, .example("2"))]
        for (number, namespace) in places {
            let key = Key.example(.example(number), in: namespace)
            let versions = (0..<number).map { key.exampleVersion(.example(100 * number + $0)) }
            try await store.apply(Change([.insertKey(key)] + versions.map { .insertVersion($0) }))
        }
        try await store.pool.write { database in
            try database.execute(sql: "DELETE FROM counters WHERE bucket = 'versions'")
            let step = try #require(Schema.migrations.first { $0.version == 9 })
            for statement in step.statements { try database.execute(sql: statement) }
        }
        #expect(try await store.count(of: .versions, in: .example(), at: Timestamp(seconds: 0)) == 3)
        #expect(try await store.count(of: .versions, in: .example("2"), at: Timestamp(seconds: 0)) == 3)
    }

    @Test(
        "the schema itself refuses what breaks its invariants",
        arguments: [
            "UPDATE keys SET is_disabled = 2", "UPDATE keys SET id = x'00'", "UPDATE keys SET is_retired = 1",
            "UPDATE keys SET revision = 0", "UPDATE keys SET spec = NULL", "UPDATE counters SET count = -1",
            "INSERT INTO aliases (account, region, name, key_id) VALUES ('2', 'cn-hangzhou', 'alias/a', x'00')",
            "INSERT INTO schema VALUES (2, 1, 1)", "DELETE FROM keys",
        ]
    )
    func invariants(sql: String) async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        let key = Key.example(.example(1))
        try await store.apply(Change([.insertKey(key), .insertVersion(key.exampleVersion(.example(2)))]))
        await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
    }

    @Test("marks of nonces go when no request of their time can come, and not before")
    func markPruning() async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        let start = Timestamp(seconds: 1_767_225_600)
        func claim(_ number: UInt64, minute: Int64) async throws {
            let mark = ReplayMark(
                digest: .example(number),
                account: Namespace.example().account,
                timestamp: start.adding(seconds: minute * 60)
            )
            try await store.apply(Change([], replay: mark))
        }
        func count() async throws -> Int? {
            try await store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM replay_marks") }
        }
        for number in 0..<20 { try await claim(UInt64(number), minute: 0) }
        try await claim(20, minute: 31)
        #expect(try await count() == 21)
        // An hour and more: nobody can send a request of the first minute any longer.
        for number in 21..<26 { try await claim(UInt64(number), minute: 70) }
        #expect(try await count() == 6)
    }

    @Test("acknowledged records leave the database with later changes, the others stay through a restart")
    func outbox() async throws {
        let record = { (number: UInt64) in
            AuditRecord(
                time: Timestamp(seconds: 0),
                requestID: .example(number),
                account: nil,
                principal: nil,
                accessKeyID: nil,
                region: nil,
                source: "",
                action: "CreateKey",
                resources: [],
                key: nil,
                version: nil,
                outcome: .success,
                errorCode: nil,
                duration: 0
            )
        }
        do {
            let store = try await SQLiteStore.open(folder: folder.path)
            for number in UInt64(1)...4 { try await store.apply(Change([], audit: record(number))) }
            for number in UInt64(1)...3 { store.acknowledgeAudit(of: .example(number)) }
            #expect(try await store.unacknowledgedAuditLines().map(\.requestID) == [.example(4)])
            try await store.apply(Change([]))
        }
        let store = try await SQLiteStore.open(folder: folder.path)
        let lines = try await store.unacknowledgedAuditLines()
        #expect(lines.map(\.requestID) == [.example(4)])
        #expect(lines.map(\.line) == [record(4).line])
    }
}

extension StoreError {
    var reason: String? {
        if case .unavailable(let reason) = self { reason } else { nil }
    }
}

extension UUIDBytes {
    static func example(_ number: UInt64) -> UUIDBytes { UUIDBytes(high: 0xE, low: number) }
}
