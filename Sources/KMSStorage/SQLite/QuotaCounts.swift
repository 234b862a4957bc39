internal import GRDB
package import KMSCore

/// Counts what quotas limit, at the same cost whatever there is to count.
enum QuotaCounts {
    /// What belongs to keys whose window has ended and that upkeep has not taken away yet.
    private static let overdue = SQLStatement(
        """
        SELECT coalesce(sum(creator_type = 'User'), 0), coalesce(sum(alias_count), 0), coalesce(sum(version_count), 0)
        FROM keys WHERE account = $1 AND region = $2 AND delete_at <= $3 AND is_retired = 0
        """
    )
    private static let versionsOfKey = SQLStatement(
        """
        SELECT version_count FROM keys
        WHERE account = $1 AND region = $2 AND (delete_at IS NULL OR delete_at > $3) AND id = $4 AND is_retired = 0
        """
    )

    static func count(
        of subject: Quota.Subject,
        in namespace: Namespace,
        at now: Timestamp,
        _ database: Database
    ) throws -> Int {
        let place: [(any DatabaseValueConvertible)?] = namespace.columns + [now.microseconds]
        if case .versionsOfKey(let key) = subject {
            return try versionsOfKey.row(database, place + [key.uuid.column])?[0] ?? 0
        }
        let counted = try counted(subject, namespace, database)
        guard counted > 0, let gone = try overdue.row(database, place) else { return counted }
        switch subject {
        case .keys: return counted - gone[0]
        case .aliases: return counted - gone[1]
        default: return counted - gone[2]
        }
    }

    private static func counted(_ subject: Quota.Subject, _ namespace: Namespace, _ database: Database) throws -> Int {
        switch subject {
        case .keys:
            try Counters.counts(in: namespace, database)
                .reduce(0) { $0 + (Counters.Bucket($1.bucket)?.creatorType == .user ? $1.count : 0) }
        case .aliases: try Counters.count(of: Counters.aliases, in: namespace, database)
        default: try Counters.count(of: Counters.versions, in: namespace, database)
        }
    }
}

extension SQLiteStore {
    package func count(
        of subject: Quota.Subject,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> Int {
        try await read { database in try QuotaCounts.count(of: subject, in: namespace, at: now, database) }
    }
}

extension ChangeWriter {
    func demandRoom(_ quota: Quota) throws {
        let count = try QuotaCounts.count(of: quota.subject, in: quota.namespace, at: quota.moment, database)
        guard count <= quota.limit else { throw StoreError.limitReached }
    }
}
