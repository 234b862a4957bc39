import GRDB
import KMSCore
import KMSTestKit
import Testing

@testable import KMSStorage

@Suite("what listings cost")
struct ListingCostTests {
    private static let now = Timestamp(seconds: 1_767_225_600)
    private let template = Key.example(.example(1))

    /// A namespace of so many keys alike, each with an alias and a tag, the last two disabled; and one key among them
    /// of so many versions.
    private func withStore(
        of count: Int,
        _ body: (SQLiteStore, StepCounter) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let store = try await SQLiteStore.open(folder: folder.path)
        let alias = Alias(name: .example("a"), namespace: template.namespace, key: template.id)
        let tag = Change.Step.setTags(template.id, in: template.namespace, [Tag(key: "k", value: "v")], limit: 20)
        try await store.apply(
            Change([
                .insertKey(template), .insertVersion(template.exampleVersion(.example(2))), .insertAlias(alias), tag,
            ])
        )
        try await multiply(store, to: count - 2)
        let last = (0..<2).map { Key.example(.example(10 + $0)) }
        try await store.apply(Change(last.map { .insertKey($0) }))
        for key in last {
            try await store.apply(Change([.updateKey(from: key, to: key.changed { $0.isDisabled = true })]))
        }
        let counter = try await StepCounter(store)
        try await body(store, counter)
        try await counter.stop()
        withExtendedLifetime(folder) {}
    }

    /// Copies the rows there are, as if they had been written one by one.
    private func multiply(_ store: SQLiteStore, to count: Int) async throws {
        try await store.pool.write { database in
            let columns = try database.columns(in: "keys").map(\.name).filter { $0 != "sequence" && $0 != "id" }
                .joined(separator: ", ")
            let numbers = "n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
            let more = "(WITH RECURSIVE \(numbers) SELECT i FROM n)"
            for sql in [
                "INSERT INTO keys (id, \(columns)) SELECT randomblob(16), \(columns) FROM keys, \(more)",
                """
                INSERT INTO versions (id, key_id, algorithm, created_at, sealed_material)
                SELECT randomblob(16), key_id, algorithm, created_at, sealed_material FROM versions, \(more)
                """,
                """
                INSERT INTO aliases (account, region, name, key_id)
                SELECT account, region, 'alias/' || sequence, id FROM keys WHERE sequence > 1
                """,
                "INSERT INTO tags SELECT id, 'k', 'v' FROM keys WHERE sequence > 1",
                "UPDATE keys SET alias_count = 1",
                "UPDATE keys SET version_count = \(count) WHERE sequence = 1",
                "UPDATE counters SET count = \(count)",
            ] { try database.execute(sql: sql) }
        }
    }

    private typealias Read = @Sendable (SQLiteStore, Page) async throws -> (rows: Int, total: Int)

    private func keys(_ states: Set<KeyState>?) -> Read {
        let namespace = template.namespace
        return { store, page in
            var filter = KeyFilter()
            filter.states = states
            let listing = try await store.keys(in: namespace, matching: filter, at: Self.now, page: page)
            return (listing.rows.count, listing.totalCount)
        }
    }

    private var listings: [(name: String, read: Read)] {
        let template = template
        return [
            ("keys", keys(nil)), ("enabled keys", keys([.enabled])),
            (
                "aliases",
                { store, page in
                    let listing = try await store.aliases(in: template.namespace, of: nil, at: Self.now, page: page)
                    return (listing.rows.count, listing.totalCount)
                }
            ),
            (
                "versions",
                { store, page in
                    let listing = try await store.versions(of: template.id, in: template.namespace, page: page)
                    return (listing.rows.count, listing.totalCount)
                }
            ),
        ]
    }

    /// What the first page costs, a page far in that follows the one before it, and for comparison that page by itself.
    private struct Costs {
        var first = 0
        var next = 0
        var alone = 0
    }

    private func costs(_ read: Read, _ store: SQLiteStore, _ counter: StepCounter, far: Int) async throws -> Costs {
        func cost(_ number: Int) async throws -> Int {
            try await counter.count {
                let found = try await read(store, Page(number: number, size: 50))
                #expect(found.rows == 50)
            }
        }
        var costs = Costs()
        costs.first = try await cost(1)
        costs.alone = try await cost(far)
        costs.next = try await cost(far + 1)
        return costs
    }

    @Test("the first page and the next cost the same among 20,000 keys, aliases and versions of a key as among 300")
    func flat() async throws {
        var few: [String: Costs] = [:]
        try await withStore(of: 300) { store, counter in
            for (name, read) in listings { few[name] = try await costs(read, store, counter, far: 3) }
        }
        try await withStore(of: 20_000) { store, counter in
            for (name, read) in listings {
                let many = try await costs(read, store, counter, far: 390)
                let some = try #require(few[name])
                #expect(some.first > 50 && some.next > 50)
                #expect(many.first <= some.first + 20, "\(name)")
                #expect(many.next <= some.next + 20, "\(name)")
                // So that the figures above can be seen to mean something.
                #expect(many.alone > 10 * many.next, "\(name)")
                #expect(try await read(store, Page(number: 1, size: 1)).total >= 19_998, "\(name)")
            }
        }
    }

    @Test("100,000 versions of one key are listed at the price of a few, while the key rotates too")
    func manyVersions() async throws {
        let (_, read) = try #require(listings.last)
        try await withStore(of: 300) { store, counter in
            let few = try await costs(read, store, counter, far: 3)
            try await store.pool.write { database in
                try database.execute(
                    sql: """
                        WITH RECURSIVE n (i) AS (SELECT 299 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                        INSERT INTO versions (id, key_id, algorithm, created_at, sealed_material)
                        SELECT randomblob(16), ?, 1, 0, x'01' FROM n
                        """,
                    arguments: [template.id.uuid.column]
                )
                try database.execute(sql: "UPDATE keys SET version_count = 100000 WHERE version_count > 1")
            }
            let many = try await costs(read, store, counter, far: 1_998)
            #expect(many.first <= few.first + 20 && many.next <= few.next + 20)
            // Nothing leaves this listing when the key changes.
            try await store.apply(Change([.updateKey(from: template, to: template.changed { $0.isDisabled = true })]))
            let next = try await counter.count {
                let found = try await read(store, Page(number: 2_000, size: 50))
                #expect(found == (50, 100_000))
            }
            #expect(next <= few.next + 20)
        }
    }

    @Test("a filter costs what it selects, not what it leaves out")
    func selective() async throws {
        var few: [Int] = []
        for count in [300, 20_000] {
            try await withStore(of: count) { store, counter in
                var costs: [Int] = []
                for (states, rows) in [(Set([KeyState.disabled]), 2), ([.pendingImport, .pendingDeletion], 0)] {
                    costs.append(
                        try await counter.count {
                            let found = try await keys(states)(store, Page(number: 1, size: 50))
                            #expect(found == (rows, rows))
                        }
                    )
                }
                if few.isEmpty { few = costs }
                for (many, some) in zip(costs, few) { #expect(many > 0 && many <= some + 20) }
            }
        }
    }

    @Test("where the next page begins is forgotten when a row leaves the listing, and not when keys rotate")
    func marksAndChanges() async throws {
        try await withStore(of: 20_000) { store, counter in
            let read = keys([.enabled])
            func cost(_ number: Int) async throws -> Int {
                try await counter.count { _ = try await read(store, Page(number: number, size: 50)) }
            }
            _ = try await cost(300)
            let next = try await cost(301)
            let rotated = template.changed { $0.lastRotation = Self.now }
            try await store.apply(Change([.updateKey(from: template, to: rotated)]))
            #expect(try await cost(302) <= next + 20)
            try await store.apply(Change([.updateKey(from: rotated, to: rotated.changed { $0.isDisabled = true })]))
            #expect(try await cost(303) > 10 * next)
            #expect(try await cost(304) <= next + 20)
        }
    }

    @Test("tags of named keys cost what those keys have; the next page of all tags costs what the first did")
    func tags() async throws {
        var few: [Int] = []
        for count in [300, 20_000] {
            try await withStore(of: count) { store, counter in
                let far = try await store.keys(
                    in: template.namespace,
                    matching: KeyFilter(),
                    at: Self.now,
                    page: Page(number: count - 100, size: 1)
                )
                let end = try #require(far.rows.first)
                // One name would be searched for whatever else is asked.
                let named = [end, template.id]
                let queries = [
                    TagQuery(keys: named, carrying: [], after: nil, limit: 50),
                    TagQuery(keys: nil, carrying: [], after: nil, limit: 50),
                    TagQuery(keys: nil, carrying: [], after: (end, "k"), limit: 50),
                    TagQuery(keys: nil, carrying: [("k", "v")], after: (end, "k"), limit: 50),
                ]
                var costs: [Int] = []
                for (query, rows) in zip(queries, [2, 50, 50, 50]) {
                    costs.append(
                        try await counter.count {
                            let found = try await store.tags(matching: query, in: template.namespace, at: Self.now)
                            #expect(found.count == rows)
                        }
                    )
                }
                if few.isEmpty { few = costs }
                for (many, some) in zip(costs, few) { #expect(many > 0 && many <= some + 20) }
            }
        }
    }
}
