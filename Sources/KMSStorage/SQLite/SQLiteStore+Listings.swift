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
        return try await self.page(
            page,
            of: PageMarks.Subject(namespace: namespace, rows: .keys(filter), moment: now),
            { try listing.totalCount($0) },
            { try listing.rows($0, $1) },
            { KeyID(try UUIDBytes(column: $0[1])) }
        )
    }

    private static let alive = "(k.delete_at IS NULL OR k.delete_at > $3)"
    static let aliasesOfNamespace = SQLStatement(
        """
        SELECT a.sequence, a.name, a.key_id FROM aliases a CROSS JOIN keys k ON k.id = a.key_id
        WHERE a.account = $1 AND a.region = $2 AND a.sequence > $4 AND \(alive) ORDER BY a.sequence LIMIT $5 OFFSET $6
        """
    )
    private static let overdueAliases = SQLStatement(
        """
        SELECT coalesce(sum(alias_count), 0) FROM keys
        WHERE account = $1 AND region = $2 AND delete_at <= $3 AND is_retired = 0
        """
    )
    static let aliasesOfKey = SQLStatement(
        """
        SELECT a.sequence, a.name, a.key_id FROM aliases a CROSS JOIN keys k ON k.id = a.key_id
        WHERE a.key_id = $7 AND a.sequence > $4 AND k.account = $1 AND k.region = $2 AND \(alive)
        ORDER BY a.sequence LIMIT $5 OFFSET $6
        """
    )
    private static let countAliasesOfKey = SQLStatement(
        """
        SELECT k.alias_count FROM keys k
        WHERE k.account = $1 AND k.region = $2 AND \(alive) AND k.id = $4 AND k.is_retired = 0
        """
    )

    package func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias> {
        @Sendable func subject() -> [(any DatabaseValueConvertible)?] { namespace.columns + [now.microseconds] }
        return try await self.page(
            page,
            of: PageMarks.Subject(namespace: namespace, rows: .aliases(of: key), moment: now),
            { database in
                if let key {
                    return try Self.countAliasesOfKey.row(database, subject() + [key.uuid.column])?[0] ?? 0
                }
                let overdue: Int = try Self.overdueAliases.row(database, subject())?[0] ?? 0
                return try Counters.count(of: Counters.aliases, in: namespace, database) - overdue
            },
            { database, window in
                let arguments = subject() + window.arguments
                guard let key else { return try Self.aliasesOfNamespace.rows(database, arguments) }
                return try Self.aliasesOfKey.rows(database, arguments + [key.uuid.column])
            },
            { row in
                guard let name = AliasName(row[1]) else { throw DamagedRow() }
                return Alias(name: name, namespace: namespace, key: KeyID(try UUIDBytes(column: row[2])))
            }
        )
    }

    static let versionsOfKey = SQLStatement(
        """
        SELECT v.sequence, v.id, v.created_at FROM versions v
        WHERE v.key_id = $1 AND v.sequence > $4
            AND EXISTS (SELECT 1 FROM keys WHERE id = $1 AND account = $2 AND region = $3 AND is_retired = 0)
        ORDER BY v.sequence LIMIT $5 OFFSET $6
        """
    )
    private static let countVersions = SQLStatement(
        "SELECT version_count FROM keys WHERE id = $1 AND account = $2 AND region = $3 AND is_retired = 0"
    )

    package func versions(
        of key: KeyID,
        in namespace: Namespace,
        page: Page
    ) async throws(StoreError) -> Listing<KeyVersionSummary> {
        @Sendable func subject() -> [(any DatabaseValueConvertible)?] { [key.uuid.column] + namespace.columns }
        return try await self.page(
            page,
            of: PageMarks.Subject(namespace: namespace, rows: .versions(of: key), moment: nil),
            { try Self.countVersions.row($0, subject())?[0] ?? 0 },
            { try Self.versionsOfKey.rows($0, subject() + $1.arguments) },
            { row in
                KeyVersionSummary(
                    key: key,
                    id: KeyVersionID(try UUIDBytes(column: row[1])),
                    createdAt: Timestamp(microseconds: row[2])
                )
            }
        )
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
        // The sign keeps a column from being searched by: where the keys are named, they are found by their ids.
        let sign = query.keys == nil ? "" : "+"
        var parts = ["\(sign)k.account = $1", "\(sign)k.region = $2", "k.is_retired = 0", Self.alive]
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
            parts.append("(\(sign)k.sequence, t.tag_key) > (\(position), \(argument(after.tagKey)))")
        }
        let statement = SQLStatement(
            """
            SELECT t.key_id, t.tag_key, t.tag_value FROM keys k JOIN tags t ON t.key_id = k.id
            WHERE \(parts.joined(separator: " AND ")) ORDER BY k.sequence, t.tag_key LIMIT $4
            """,
            isKept: false
        )
        return try await read { [arguments] database in
            try statement.rows(database, arguments).map { row in
                KeyTag(keyID: KeyID(try UUIDBytes(column: row[0])), tag: Tag(key: row[1], value: row[2]))
            }
        }
    }
}
