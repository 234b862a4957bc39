import Foundation
import GRDB
import KMSCore
import KMSTestKit
import Testing

@testable import KMSStorage

@Suite("listings")
struct ListingTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "keyhold-\(UUID())")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func withStore(_ body: (SQLiteStore) async throws -> Void) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(try await SQLiteStore.open(folder: folder.path))
    }

    private static let now = Timestamp(seconds: 1_767_225_600)

    /// How the database finds the rows of a statement.
    private func plan(of sql: String, in store: SQLiteStore) async throws -> String {
        try await store.pool.read { database in
            let count = Set(sql.matches(of: /\?(\d+)/).compactMap { Int($0.1) }).max() ?? 0
            let arguments = StatementArguments([Int](repeating: 1, count: count))
            return try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
                .map { "\($0["detail"] ?? "")" }.joined(separator: "; ")
        }
    }

    @Test("a page is one search of an index from where the page before it ended, and nothing is sorted")
    func plans() async throws {
        try await withStore { store in
            var filter = KeyFilter()
            filter.states = [.enabled]
            filter.specs = [.aes256]
            let keys = KeyListing(filter: filter, namespace: .example(), now: Self.now)
            for (statement, search) in [
                (keys.page, "SEARCH keys USING COVERING INDEX keys_listing (account=? AND region=? AND sequence>?)"),
                (
                    SQLiteStore.aliasesOfNamespace,
                    "SEARCH a USING INDEX aliases_listing (account=? AND region=? AND sequence>?)"
                ),
                (SQLiteStore.aliasesOfKey, "SEARCH a USING INDEX aliases_of_key (key_id=? AND sequence>?)"),
                (KeyListing.alike, "SEARCH keys USING INDEX keys_alike (account=? AND region=? AND is_disabled=?"),
                (SQLiteStore.versionsOfKey, "SEARCH v USING INDEX versions_listing (key_id=? AND sequence>?)"),
            ] {
                let plan = try await plan(of: statement.text, in: store)
                #expect(plan.hasPrefix(search), "\(plan)")
                #expect(!plan.contains("B-TREE") && !plan.contains("SCAN v") && !plan.contains("SCAN keys"), "\(plan)")
            }
            // What the clock has run out on is found by its deadline.
            let expiring = "keys_expiring (account=? AND region=? AND material_expires_at<?)"
            for (statement, index) in [
                (keys.expired, expiring), (keys.expiredCount(KeyListing.state), expiring),
                (keys.overdueCount, "keys_overdue (account=? AND region=? AND delete_at<?)"),
            ] {
                let plan = try await plan(of: statement.text, in: store)
                #expect(plan.hasPrefix("SEARCH keys USING INDEX \(index)"), "\(plan)")
            }
        }
    }

    @Test("a page is the same whether it is read after the one before it or by itself")
    func pagesAgree() async throws {
        try await withStore { store in
            let key = Key.example(UUIDBytes(high: 1, low: 1))
            let versions = (0..<250).map { key.exampleVersion(UUIDBytes(high: 2, low: UInt64($0))) }
            try await store.apply(Change([.insertKey(key)] + versions.map { .insertVersion($0) }))
            for size in [1, 7, 100] {
                for number in stride(from: 250 / size + 2, through: 1, by: -1) {
                    let page = Page(number: number, size: size)
                    let alone = try await store.versions(of: key.id, in: key.namespace, page: page)
                    _ = try await store.versions(
                        of: key.id,
                        in: key.namespace,
                        page: Page(number: max(1, number - 1), size: size)
                    )
                    let after = try await store.versions(of: key.id, in: key.namespace, page: page)
                    #expect(alone.rows == after.rows)
                    #expect(alone.totalCount == 250 && after.totalCount == 250)
                    #expect(alone.rows.map(\.id) == versions.dropFirst((number - 1) * size).prefix(size).map(\.id))
                }
            }
        }
    }

    @Test("marks belong to one listing and one size of its pages, and are bounded")
    func marks() {
        let marks = PageMarks(limit: 3)
        func subject(
            _ namespace: Namespace = .example(),
            _ rows: PageMarks.Subject.Rows = .keys(KeyFilter())
        ) -> PageMarks.Subject { PageMarks.Subject(namespace: namespace, rows: rows, moment: Self.now) }
        func note(_ sequence: Int64, page number: Int = 1, departure: UInt64 = 0) {
            marks.note(end: sequence, of: Page(number: number, size: 10), of: subject(), departure: departure)
        }
        let page = Page(number: 2, size: 10)
        #expect(marks.mark(of: page, of: subject()) == nil)
        note(17)
        #expect(marks.mark(of: page, of: subject())?.sequence == 17)
        note(18)
        #expect(marks.mark(of: page, of: subject())?.sequence == 18)
        var other = KeyFilter()
        other.specs = [.aes256]
        for (others, page) in [
            (subject(.example("2")), page), (subject(.example(), .keys(other)), page),
            (subject(.example(), .aliases(of: nil)), page), (subject(), Page(number: 2, size: 11)),
            (subject(), Page(number: 3, size: 10)),
        ] { #expect(marks.mark(of: page, of: others) == nil) }
        for number in 2...4 { note(1, page: number) }
        #expect(marks.count <= 3)
        #expect(marks.mark(of: Page(number: 5, size: 10), of: subject())?.sequence == 1)
        marks.note(end: 1, of: Page(number: .max, size: 1), of: subject(), departure: 0)
    }

    @Test("a departure takes the marks of its listings, those that readers under way would note included")
    func departures() throws {
        let marks = PageMarks(limit: 3)
        let (page, first) = (Page(number: 2, size: 10), Page(number: 1, size: 10))
        let subjects = (0..<6).map {
            PageMarks.Subject(namespace: .example("\($0)"), rows: .keys(KeyFilter()), moment: nil)
        }
        let before = marks.departure(from: subjects[0])
        marks.note(end: 5, of: first, of: subjects[0], departure: before)
        marks.note(end: 6, of: first, of: subjects[1], departure: marks.departure(from: subjects[1]))
        try marks.noteDeparture(from: #require(subjects[0].source))
        #expect(marks.mark(of: page, of: subjects[0]) == nil)
        #expect(marks.mark(of: page, of: subjects[1])?.sequence == 6)
        marks.note(end: 5, of: first, of: subjects[0], departure: before)
        #expect(marks.mark(of: page, of: subjects[0]) == nil)
        // More namespaces than are remembered: no number comes again.
        for subject in subjects.dropFirst(2) { try marks.noteDeparture(from: #require(subject.source)) }
        marks.note(end: 5, of: first, of: subjects[0], departure: before)
        #expect(marks.mark(of: page, of: subjects[0]) == nil)
        #expect(marks.mark(of: page, of: subjects[1]) == nil)
    }
}
