internal import GRDB
package import KMSCore

extension SQLiteStore {
    package func keys(
        in namespace: Namespace,
        matching filter: KeyFilter,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<KeyID> {
        let listing = KeyListing(filter: filter, namespace: namespace, now: now)
        return try await read { database in
            Listing(rows: try listing.rows(database, page), totalCount: try listing.totalCount(database))
        }
    }

    private static let alive = "(k.delete_at IS NULL OR k.delete_at > $3)"
    private static let aliasesOfNamespace = SQLStatement(
        """
        SELECT a.name, a.key_id FROM aliases a JOIN keys k ON k.id = a.key_id
        WHERE a.account = $1 AND a.region = $2 AND \(alive) ORDER BY a.sequence LIMIT $4 OFFSET $5
        """
    )
    private static let overdueAliases = SQLStatement(
        """
        SELECT count(*) FROM aliases a JOIN keys k ON k.id = a.key_id
        WHERE a.account = $1 AND a.region = $2 AND k.delete_at <= $3 AND k.is_retired = 0
        """
    )
    private static let aliasesOfKey = SQLStatement(
        """
        SELECT a.name, a.key_id FROM aliases a JOIN keys k ON k.id = a.key_id
        WHERE a.account = $1 AND a.region = $2 AND \(alive) AND a.key_id = $6 ORDER BY a.sequence LIMIT $4 OFFSET $5
        """
    )
    private static let countAliasesOfKey = SQLStatement(
        """
        SELECT count(*) FROM aliases a JOIN keys k ON k.id = a.key_id
        WHERE a.account = $1 AND a.region = $2 AND \(alive) AND a.key_id = $4
        """
    )

    package func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias> {
        try await read { database in
            let subject = namespace.columns + [now.microseconds]
            let count: Int
            if let key {
                count = try Self.countAliasesOfKey.row(database, subject + [key.uuid.column])?[0] ?? 0
            } else {
                let all =
                    try Counters.counts(in: namespace, database).first { $0.bucket == Counters.aliases }?.count ?? 0
                count = all - (try Self.overdueAliases.row(database, subject)?[0] ?? 0)
            }
            guard let offset = page.offset else { return Listing(rows: [], totalCount: count) }
            let window = subject + [page.size, offset]
            let rows =
                if let key { try Self.aliasesOfKey.rows(database, window + [key.uuid.column]) } else {
                    try Self.aliasesOfNamespace.rows(database, window)
                }
            return Listing(rows: try rows.map { try Self.alias($0, namespace) }, totalCount: count)
        }
    }

    private static func alias(_ row: Row, _ namespace: Namespace) throws -> Alias {
        guard let name = AliasName(row[0]) else { throw DamagedRow() }
        return Alias(name: name, namespace: namespace, key: KeyID(try UUIDBytes(column: row[1])))
    }

    private static let tagsOfKey = SQLStatement(
        """
        SELECT t.tag_key, t.tag_value FROM tags t JOIN keys k ON k.id = t.key_id
        WHERE t.key_id = $1 AND k.account = $2 AND k.region = $3 ORDER BY t.tag_key
        """
    )

    package func tags(of key: KeyID, in namespace: Namespace) async throws(StoreError) -> [Tag] {
        try await read { database in
            try Self.tagsOfKey.rows(database, [key.uuid.column] + namespace.columns).map {
                Tag(key: $0[0], value: $0[1])
            }
        }
    }

    package func tags(
        matching query: TagQuery,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> [KeyTag] {
        var arguments: [(any DatabaseValueConvertible & Sendable)?] = [
            namespace.account.description, namespace.region.description, now.microseconds, query.limit,
        ]
        func argument(_ value: any DatabaseValueConvertible & Sendable) -> String {
            arguments.append(value)
            return "$\(arguments.count)"
        }
        var parts = ["k.account = $1", "k.region = $2", "k.is_retired = 0", Self.alive]
        if let keys = query.keys {
            parts.append("k.id IN (\(keys.map { argument($0.uuid.column) }.joined(separator: ", ")))")
        }
        for (key, value) in query.carrying {
            // SQLite takes a text for ended at its first NUL; no tag holds one.
            guard !key.utf8.contains(0), value?.utf8.contains(0) != true else { return [] }
            let sought = "s.key_id = k.id AND s.tag_key = \(argument(key))"
            let same = value.map { " AND s.tag_value = \(argument($0))" } ?? ""
            parts.append("EXISTS (SELECT 1 FROM tags s WHERE \(sought)\(same))")
        }
        if let after = query.after {
            let position = "(SELECT sequence FROM keys WHERE id = \(argument(after.key.uuid.column)))"
            parts.append("(k.sequence, t.tag_key) > (\(position), \(argument(after.tagKey)))")
        }
        let statement = SQLStatement(
            """
            SELECT t.key_id, t.tag_key, t.tag_value FROM keys k JOIN tags t ON t.key_id = k.id
            WHERE \(parts.joined(separator: " AND ")) ORDER BY k.sequence, t.tag_key LIMIT $4
            """
        )
        return try await read { [arguments] database in
            try statement.rows(database, arguments).map { row in
                KeyTag(keyID: KeyID(try UUIDBytes(column: row[0])), tag: Tag(key: row[1], value: row[2]))
            }
        }
    }
}
