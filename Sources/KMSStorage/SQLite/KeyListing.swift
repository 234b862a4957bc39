internal import GRDB
internal import KMSCore

/// The predicates of a listing of keys. They say in SQL what ``Key/state(at:)`` and ``KeyFilter/selects(_:at:)`` say.
struct KeyListing {
    /// The state at `$1`, in the words of ``KeyState``.
    static let state = """
        CASE WHEN delete_at IS NOT NULL THEN 'PendingDeletion'
            WHEN has_material = 0 OR (material_expires_at IS NOT NULL AND material_expires_at <= $1) THEN 'PendingImport'
            WHEN is_disabled = 1 THEN 'Disabled' ELSE 'Enabled' END
        """

    let filter: KeyFilter
    let namespace: Namespace
    let now: Timestamp

    /// Arguments `$1` to `$3`: now and the namespace.
    private var arguments: [(any DatabaseValueConvertible)?] { [now.microseconds] + namespace.columns }

    private var predicate: String {
        var parts = ["account = $2", "region = $3", "is_retired = 0"]
        // The words are those of the enumerations, so nothing that a caller wrote becomes SQL.
        func add(_ column: String, _ words: [String]?) {
            guard let words else { return }
            parts.append("\(column) IN (\(words.sorted().map { "'\($0)'" }.joined(separator: ", ")))")
        }
        add(Self.state, filter.states?.map(\.rawValue))
        add("spec", filter.specs?.map(\.rawValue))
        add("usage", filter.usages?.map(\.rawValue))
        add("level", filter.levels?.map(\.rawValue))
        add("creator_type", filter.creatorTypes?.map(\.rawValue))
        return parts.joined(separator: " AND ")
    }

    func rows(_ database: Database, _ page: Page) throws -> [KeyID] {
        guard let offset = page.offset else { return [] }
        let statement = SQLStatement(
            """
            SELECT id FROM keys WHERE \(predicate) AND (delete_at IS NULL OR delete_at > $1)
            ORDER BY sequence LIMIT $4 OFFSET $5
            """
        )
        return try statement.rows(database, arguments + [page.size, offset]).map { row in
            KeyID(try UUIDBytes(column: row[0]))
        }
    }

    /// From the counters; only rows on which the clock has run out, or may have, are counted one by one.
    func totalCount(_ database: Database) throws -> Int {
        let buckets = try Counters.counts(in: namespace, database).compactMap { bucket, count in
            Counters.Bucket(bucket).map { ($0, count) }
        }
        var total = 0
        for (bucket, count) in buckets where !bucket.expires && bucket.isSelected(by: filter) { total += count }
        total -= try count(database, "material_expires_at IS NULL AND delete_at <= $1")
        if buckets.contains(where: { $0.0.expires && $0.1 > 0 }) {
            total += try count(database, "material_expires_at IS NOT NULL AND (delete_at IS NULL OR delete_at > $1)")
        }
        return total
    }

    private func count(_ database: Database, _ condition: String) throws -> Int {
        try SQLStatement("SELECT count(*) FROM keys WHERE \(predicate) AND \(condition)").row(database, arguments)?[0]
            ?? 0
    }
}
