/// The tables, as numbered migrations that only ever add (`Documentation/Storage.md`).
///
/// Ids are 16 bytes, times microseconds UTC, booleans 0 or 1; names are compared by bytes. `sequence` is the order of
/// creation and of listings. The text is SQLite's; what another database words differently gets its own list beside it.
enum Schema {
    /// One step. A step that has shipped is never changed.
    struct Migration: Sendable {
        let version: Int
        /// The oldest schema version that code must know to work with the tables as this step leaves them.
        let oldestCompatibleCode: Int
        let statements: [String]
    }

    static let migrations = [
        first, asymmetricVersions, meters, countsOfKeys, importTokens, certificates, alikeKeys, access,
        countOfVersions, auditHeads, namedSlotTables, backends, rootRotation,
    ]

    static var currentVersion: Int { migrations.last?.version ?? 0 }

    /// The algorithm of an asymmetric version is 0; material that is gone is zeros.
    private static let asymmetricVersions = Migration(
        version: 2,
        oldestCompatibleCode: 2,
        statements: [
            "ALTER TABLE keys ADD COLUMN backend TEXT NOT NULL DEFAULT 'software'",
            "ALTER TABLE versions ADD COLUMN public_key BLOB",
            "ALTER TABLE versions ADD COLUMN sealed_check BLOB",
        ]
    )

    private static let meters = Migration(
        version: 3,
        oldestCompatibleCode: 3,
        statements: ["ALTER TABLE versions ADD COLUMN reserved_uses BIGINT NOT NULL DEFAULT 0"]
    )

    /// What belongs to a key is counted in its row, so that a listing's TotalCount costs the same whatever there is.
    private static let countsOfKeys = Migration(
        version: 4,
        oldestCompatibleCode: 4,
        statements: [
            "ALTER TABLE keys ADD COLUMN version_count BIGINT NOT NULL DEFAULT 0 CHECK (version_count >= 0)",
            "ALTER TABLE keys ADD COLUMN alias_count BIGINT NOT NULL DEFAULT 0 CHECK (alias_count >= 0)",
            """
            UPDATE keys SET version_count = (SELECT count(*) FROM versions WHERE key_id = keys.id),
                alias_count = (SELECT count(*) FROM aliases WHERE key_id = keys.id)
            """,
            // With is_retired in it, a listing reads the index alone.
            "DROP INDEX keys_listing",
            """
            CREATE INDEX keys_listing ON keys (
                account, region, sequence, is_disabled, delete_at, has_material, material_expires_at, spec, usage,
                level, creator_type, id, is_retired
            ) WHERE is_retired = 0
            """,
        ]
    )

    /// An import pair has a row of its own, not one of its key's: it lives for a day, and tries are taken from it.
    private static let importTokens = Migration(
        version: 5,
        oldestCompatibleCode: 5,
        statements: [
            """
            CREATE TABLE import_pairs (
                id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
                key_id BLOB NOT NULL REFERENCES keys (id),
                spec TEXT NOT NULL,
                algorithm TEXT NOT NULL,
                expires_at BIGINT NOT NULL,
                public_key BLOB NOT NULL,
                sealed_private_key BLOB NOT NULL,
                tries_left SMALLINT NOT NULL CHECK (tries_left BETWEEN 0 AND 5)
            )
            """,
            "CREATE INDEX import_pairs_expiry ON import_pairs (expires_at)",
            "CREATE INDEX import_pairs_of_key ON import_pairs (key_id)",
            // What upkeep takes material from, in whatever namespace.
            """
            CREATE INDEX keys_expired ON keys (material_expires_at)
                WHERE material_expires_at IS NOT NULL AND has_material = 1 AND is_retired = 0
            """,
        ]
    )

    /// The keys of each bucket that ``Counters`` counts, in the order of their creation: the pages of a filter.
    private static let alikeKeys = Migration(
        version: 7,
        oldestCompatibleCode: 6,
        statements: [
            """
            CREATE INDEX keys_alike ON keys (
                account, region, is_disabled, (delete_at IS NOT NULL), has_material, (material_expires_at IS NOT NULL),
                spec, usage, level, creator_type, sequence
            ) WHERE is_retired = 0
            """
        ]
    )

    /// The versions of a namespace's keys are counted as its aliases are, for its quota.
    private static let countOfVersions = Migration(
        version: 9,
        oldestCompatibleCode: 9,
        statements: [
            """
            INSERT INTO counters (account, region, bucket, count)
            SELECT account, region, 'versions', sum(version_count) FROM keys
            WHERE is_retired = 0 GROUP BY account, region
            """
        ]
    )

    private static let first = Migration(
        version: 1,
        oldestCompatibleCode: 1,
        statements: [
            """
            CREATE TABLE keys (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
                account TEXT NOT NULL,
                region TEXT NOT NULL,
                spec TEXT NOT NULL,
                usage TEXT NOT NULL,
                origin TEXT NOT NULL,
                level TEXT NOT NULL,
                creator TEXT NOT NULL,
                creator_type TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                description TEXT NOT NULL,
                is_disabled SMALLINT NOT NULL CHECK (is_disabled IN (0, 1)),
                delete_at BIGINT,
                has_material SMALLINT NOT NULL CHECK (has_material IN (0, 1)),
                material_expires_at BIGINT,
                primary_version BLOB CHECK (length(primary_version) = 16),
                last_rotation BIGINT NOT NULL,
                rotation_interval BIGINT CHECK (rotation_interval > 0),
                is_deletion_protected SMALLINT NOT NULL CHECK (is_deletion_protected IN (0, 1)),
                deletion_protection_description TEXT NOT NULL,
                revision BIGINT NOT NULL CHECK (revision > 0),
                is_retired SMALLINT NOT NULL DEFAULT 0 CHECK (is_retired IN (0, 1)),
                CHECK (is_retired = 0 OR delete_at IS NOT NULL)
            )
            """,
            """
            CREATE INDEX keys_listing ON keys (
                account, region, sequence, is_disabled, delete_at, has_material, material_expires_at, spec, usage,
                level, creator_type, id
            ) WHERE is_retired = 0
            """,
            // The keys of a namespace on which the clock has run out, or may: what TotalCount corrects the counters by.
            """
            CREATE INDEX keys_overdue ON keys (account, region, delete_at)
                WHERE delete_at IS NOT NULL AND is_retired = 0
            """,
            """
            CREATE INDEX keys_expiring ON keys (account, region, material_expires_at)
                WHERE material_expires_at IS NOT NULL AND is_retired = 0
            """,
            "CREATE INDEX keys_deletion ON keys (delete_at) WHERE delete_at IS NOT NULL",
            """
            CREATE INDEX keys_rotation ON keys (last_rotation + rotation_interval * 1000000)
                WHERE rotation_interval IS NOT NULL AND is_retired = 0
            """,
            """
            CREATE TABLE versions (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
                key_id BLOB NOT NULL REFERENCES keys (id),
                algorithm SMALLINT NOT NULL,
                created_at BIGINT NOT NULL,
                sealed_material BLOB NOT NULL
            )
            """,
            "CREATE INDEX versions_listing ON versions (key_id, sequence)",
            """
            CREATE TABLE aliases (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                account TEXT NOT NULL,
                region TEXT NOT NULL,
                name TEXT NOT NULL,
                key_id BLOB NOT NULL REFERENCES keys (id),
                UNIQUE (account, region, name)
            )
            """,
            "CREATE INDEX aliases_listing ON aliases (account, region, sequence, key_id)",
            "CREATE INDEX aliases_of_key ON aliases (key_id, sequence)",
            """
            CREATE TABLE tags (
                key_id BLOB NOT NULL REFERENCES keys (id),
                tag_key TEXT NOT NULL,
                tag_value TEXT NOT NULL,
                PRIMARY KEY (key_id, tag_key)
            ) WITHOUT ROWID
            """,
            """
            CREATE TABLE counters (
                account TEXT NOT NULL,
                region TEXT NOT NULL,
                bucket TEXT NOT NULL,
                count BIGINT NOT NULL CHECK (count >= 0),
                PRIMARY KEY (account, region, bucket)
            ) WITHOUT ROWID
            """,
            """
            CREATE TABLE accounts (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                created_at BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE access_keys (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                account TEXT NOT NULL REFERENCES accounts (id),
                principal TEXT NOT NULL,
                is_active SMALLINT NOT NULL CHECK (is_active IN (0, 1)),
                created_at BIGINT NOT NULL,
                sealed_secret BLOB NOT NULL
            )
            """,
            "CREATE INDEX access_keys_of_account ON access_keys (account, sequence)",
            """
            CREATE TABLE replay_marks (
                digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 16),
                request_time BIGINT NOT NULL
            ) WITHOUT ROWID
            """,
            "CREATE INDEX replay_marks_age ON replay_marks (request_time)",
            """
            CREATE TABLE audit_outbox (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                request_id BLOB NOT NULL UNIQUE CHECK (length(request_id) = 16),
                line BLOB NOT NULL
            )
            """,
            """
            CREATE TABLE slot_table (
                one SMALLINT NOT NULL PRIMARY KEY CHECK (one = 1),
                database_id BLOB NOT NULL CHECK (length(database_id) = 16),
                generation BIGINT NOT NULL CHECK (generation > 0),
                authentication_code BLOB NOT NULL CHECK (length(authentication_code) = 32)
            )
            """,
            "CREATE TABLE slots (sequence INTEGER PRIMARY KEY, slot BLOB NOT NULL)",
        ]
    )
}
