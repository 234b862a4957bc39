extension Schema {
    /// Host names are joined by commas, which none of them contains. A pending certificate has no text yet.
    static let certificates = Migration(
        version: 6,
        oldestCompatibleCode: 6,
        statements: [
            """
            CREATE TABLE certificates (
                sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
                account TEXT NOT NULL,
                region TEXT NOT NULL,
                spec TEXT NOT NULL,
                level TEXT NOT NULL,
                backend TEXT NOT NULL,
                created_at BIGINT NOT NULL,
                public_key BLOB NOT NULL,
                sealed_material BLOB NOT NULL,
                subject TEXT NOT NULL,
                hosts TEXT NOT NULL,
                is_exportable SMALLINT NOT NULL CHECK (is_exportable IN (0, 1)),
                client_token TEXT,
                request TEXT NOT NULL,
                issued TEXT,
                chain TEXT NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('PENDING', 'ACTIVE', 'INACTIVE', 'REVOKED')),
                updated_at BIGINT NOT NULL,
                revision BIGINT NOT NULL CHECK (revision > 0),
                UNIQUE (account, region, client_token),
                CHECK ((status = 'PENDING') = (issued IS NULL))
            )
            """,
            """
            CREATE TABLE certificate_tags (
                certificate_id BLOB NOT NULL REFERENCES certificates (id),
                tag_key TEXT NOT NULL,
                tag_value TEXT NOT NULL,
                PRIMARY KEY (certificate_id, tag_key)
            ) WITHOUT ROWID
            """,
        ]
    )
}
