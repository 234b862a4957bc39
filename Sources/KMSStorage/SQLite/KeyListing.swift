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
            """
        )
    }

    func rows(_ database: Database, _ window: PageWindow) throws -> [Row] {
        try page.rows(database, arguments + window.arguments)
    }

    /// From the counters, corrected by the rows on which the clock has run out: upkeep takes those away within seconds.
    func totalCount(_ database: Database) throws -> Int {
        var total = 0
        for (bucket, count) in try Counters.counts(in: namespace, database) {
            guard let bucket = Counters.Bucket(bucket), bucket.isSelected(by: filter) else { continue }
            total += count
        }
        total -= try count(database, Self.countedState, "delete_at <= $1")
        let expired = "material_expires_at <= $1 AND has_material = 1 AND delete_at IS NULL"
        total += try count(database, Self.state, expired)
        total -= try count(database, Self.countedState, expired)
        return total
    }

    private func count(_ database: Database, _ state: String, _ condition: String) throws -> Int {
        let statement = SQLStatement("SELECT count(*) FROM keys WHERE \(predicate(state)) AND \(condition)")
        return try statement.row(database, arguments)?[0] ?? 0
    }
}
