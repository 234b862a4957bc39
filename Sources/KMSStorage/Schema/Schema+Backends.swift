extension Schema {
    /// The holders of wrapped keys. That a wrapping key belongs to one of them alone is the table's to see to.
    static let backends = Migration(
        version: 12,
        oldestCompatibleCode: 11,
        statements: [
            """
            CREATE TABLE backends (
                name TEXT NOT NULL PRIMARY KEY CHECK (length(name) > 0),
                wrapping_key_id BLOB NOT NULL UNIQUE CHECK (length(wrapping_key_id) = 16),
                generation BIGINT NOT NULL CHECK (generation > 0),
                sample BLOB NOT NULL,
                check_value BLOB NOT NULL CHECK (length(check_value) = 16),
                created_at BIGINT NOT NULL
            ) WITHOUT ROWID
            """
        ]
    )
}
