internal import GRDB
internal import KMSCore

/// The predicates of a listing of keys. They say in SQL what ``Key/state(at:)`` and ``KeyFilter/selects(_:at:)`` say.
struct KeyListing {
    /// The state at `$1`, in the words of ``KeyState``.
    static let state = state(at: "$1")

    /// The state as the counters have it, which know no clock: before any material has expired.
    private static let countedState = state(at: "\(Int64.min)")

    private static func state(at moment: String) -> String {
        """
        CASE WHEN delete_at IS NOT NULL THEN 'PendingDeletion'
            WHEN has_material = 0 OR (material_expires_at IS NOT NULL AND material_expires_at <= \(moment))
                THEN 'PendingImport'
            WHEN is_disabled = 1 THEN 'Disabled' ELSE 'Enabled' END
        """
    }

    let filter: KeyFilter
    let namespace: Namespace
    let now: Timestamp

    /// Arguments `$1` to `$3`: now and the namespace.
    private var arguments: [(any DatabaseValueConvertible)?] { [now.microseconds] + namespace.columns }

    private func predicate(_ state: String = Self.state) -> String {
        var parts = ["account = $2", "region = $3", "is_retired = 0"]
        // The words are those of the enumerations, so nothing that a caller wrote becomes SQL.
        func add(_ column: String, _ words: [String]?) {
            guard let words else { return }
            parts.append("\(column) IN (\(words.sorted().map { "'\($0)'" }.joined(separator: ", ")))")
        }
        add(state, filter.states?.map(\.rawValue))
        add("spec", filter.specs?.map(\.rawValue))
        add("usage", filter.usages?.map(\.rawValue))
        add("level", filter.levels?.map(\.rawValue))
        add("creator_type", filter.creatorTypes?.map(\.rawValue))
        return parts.joined(separator: " AND ")
    }

    /// The keys after the row of sequence `$4`, `$5` of them after leaving out `$6`.
    var page: SQLStatement {
        SQLStatement(
            """
            SELECT sequence, id FROM keys
            WHERE \(predicate()) AND sequence > $4 AND (delete_at IS NULL OR delete_at > $1)
            ORDER BY sequence LIMIT $5 OFFSET $6
            """,
            isKept: false
        )
    }

    /// The keys of one bucket after the row of sequence `$4`, `$5` of them, without those on which the clock has run out.
    ///
    /// The index is named since SQLite, which knows nothing of how many rows there are, would take `keys_listing`.
    static let alike = SQLStatement(
        """
        SELECT sequence, id FROM keys INDEXED BY keys_alike
        WHERE account = $2 AND region = $3 AND is_retired = 0 AND is_disabled = $6 AND (delete_at IS NOT NULL) = $7
            AND has_material = $8 AND (material_expires_at IS NOT NULL) = $9 AND spec = $10 AND usage = $11
            AND level = $12 AND creator_type = $13 AND sequence > $4 AND (delete_at IS NULL OR delete_at > $1)
            AND (delete_at IS NOT NULL OR has_material = 0 OR material_expires_at IS NULL OR material_expires_at > $1)
        ORDER BY sequence LIMIT $5
        """
    )

    /// The keys after the row of sequence `$4`, `$5` of them, whose material has expired and has not been taken away.
    var expired: SQLStatement {
        SQLStatement(
            """
            SELECT sequence, id FROM keys
            WHERE \(predicate()) AND \(Self.hasExpired) AND +sequence > $4 ORDER BY +sequence LIMIT $5
            """,
            isKept: false
        )
    }

    private static let hasExpired = "material_expires_at <= $1 AND has_material = 1 AND delete_at IS NULL"

    /// One window of the keys that are selected.
    ///
    /// Where it does not begin with leaving rows out, it is put together from the next rows of every bucket that the
    /// filter selects: no row is read that the filter leaves out, however many of those there are.
    func rows(_ database: Database, _ window: PageWindow) throws -> [Row] {
        guard window.leftOut == 0, filter != KeyFilter() else {
            return try page.rows(database, arguments + window.arguments)
        }
        let place = arguments + [window.after, window.size]
        var rows = try expired.rows(database, place)
        for (bucket, count) in try selectedBuckets(database) where count > 0 {
            rows += try Self.alike.rows(database, place + bucket.arguments)
        }
        return Array(rows.sorted { ($0[0] as Int64) < $1[0] }.prefix(window.size))
    }

    private func selectedBuckets(_ database: Database) throws -> [(bucket: Counters.Bucket, count: Int)] {
        try Counters.counts(in: namespace, database).compactMap { text, count in
            Counters.Bucket(text).flatMap { $0.isSelected(by: filter) ? ($0, count) : nil }
        }
    }

    /// From the counters, corrected by the rows on which the clock has run out: upkeep takes those away within seconds.
    func totalCount(_ database: Database) throws -> Int {
        var total = try selectedBuckets(database).reduce(0) { $0 + $1.count }
        total -= try overdueCount.row(database, arguments)?[0] ?? 0
        total += try expiredCount(Self.state).row(database, arguments)?[0] ?? 0
        total -= try expiredCount(Self.countedState).row(database, arguments)?[0] ?? 0
        return total
    }

    var overdueCount: SQLStatement { count(Self.countedState, "delete_at <= $1") }

    func expiredCount(_ state: String) -> SQLStatement { count(state, Self.hasExpired) }

    private func count(_ state: String, _ condition: String) -> SQLStatement {
        SQLStatement("SELECT count(*) FROM keys WHERE \(predicate(state)) AND \(condition)", isKept: false)
    }
}
