/// The statements that write, each made once.
enum Statements {
    static let liveKey = SQLStatement(
        "SELECT \(KeyRow.columns) FROM keys WHERE id = $1 AND account = $2 AND region = $3 AND is_retired = 0"
    )
    static let retireKey = SQLStatement("UPDATE keys SET is_retired = 1, alias_count = 0 WHERE id = $1")
    static let countVersion = SQLStatement("UPDATE keys SET version_count = version_count + 1 WHERE id = $1")
    static let versionCount = SQLStatement("SELECT version_count FROM keys WHERE id = $1")
    static let countAlias = SQLStatement("UPDATE keys SET alias_count = alias_count + $2 WHERE id = $1")
    static let retiredKey = SQLStatement("SELECT 1 FROM keys WHERE id = $1 AND is_retired = 1")
    static let deleteVersionsOfKey = SQLStatement("DELETE FROM versions WHERE key_id = $1")
    static let deleteRetiredKey = SQLStatement(
        """
        DELETE FROM keys WHERE id = $1 AND is_retired = 1
            AND NOT EXISTS (SELECT 1 FROM versions WHERE key_id = $1)
            AND NOT EXISTS (SELECT 1 FROM import_pairs WHERE key_id = $1)
        """
    )
    static let insertVersion = SQLStatement(
        """
        INSERT INTO versions (id, key_id, algorithm, created_at, sealed_material, public_key, sealed_check)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """
    )

    static let reserveUses = SQLStatement(
        "UPDATE versions SET reserved_uses = $3 WHERE id = $1 AND reserved_uses = $2"
    )

    static let aliasExists = SQLStatement("SELECT 1 FROM aliases WHERE account = $1 AND region = $2 AND name = $3")
    static let insertAlias = SQLStatement(
        "INSERT INTO aliases (account, region, name, key_id) VALUES ($1, $2, $3, $4)"
    )
    static let moveAlias = SQLStatement(
        "UPDATE aliases SET key_id = $5 WHERE account = $1 AND region = $2 AND name = $3 AND key_id = $4"
    )
    static let deleteAlias = SQLStatement(
        "DELETE FROM aliases WHERE account = $1 AND region = $2 AND name = $3 AND key_id = $4"
    )
    static let deleteAliasesOfKey = SQLStatement("DELETE FROM aliases WHERE key_id = $1")

    static let setTag = SQLStatement(
        """
        INSERT INTO tags (key_id, tag_key, tag_value) VALUES ($1, $2, $3)
        ON CONFLICT (key_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value
        """
    )
    static let countTags = SQLStatement("SELECT count(*) FROM tags WHERE key_id = $1")
    static let deleteTag = SQLStatement("DELETE FROM tags WHERE key_id = $1 AND tag_key = $2")
    static let deleteTagsOfKey = SQLStatement("DELETE FROM tags WHERE key_id = $1")

    static let accountExists = SQLStatement("SELECT 1 FROM accounts WHERE id = $1")
    static let insertAccount = SQLStatement("INSERT INTO accounts (id, created_at) VALUES ($1, $2)")

    static let insertMark = SQLStatement("INSERT INTO replay_marks (digest, request_time) VALUES ($1, $2)")
    static let pruneMarks = SQLStatement(
        """
        DELETE FROM replay_marks WHERE digest IN (
            SELECT digest FROM replay_marks WHERE request_time < $1 ORDER BY request_time LIMIT 8
        )
        """
    )
}

/// The statements of the audit outbox.
enum AuditOutboxRows {
    static let insert = SQLStatement("INSERT INTO audit_outbox (request_id, line) VALUES ($1, $2)")
    static let delete = SQLStatement("DELETE FROM audit_outbox WHERE request_id = $1")
    static let all = SQLStatement("SELECT request_id, line FROM audit_outbox ORDER BY sequence")
}
