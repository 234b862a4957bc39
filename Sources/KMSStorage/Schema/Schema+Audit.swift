extension Schema {
    /// The ends of the audit trail's lanes, and the key that signs them.
    static let auditHeads = Migration(
        version: 10,
        oldestCompatibleCode: 10,
        statements: [
            """
            CREATE TABLE audit_heads (
                node BLOB NOT NULL CHECK (length(node) = 16),
                lane BIGINT NOT NULL CHECK (lane >= 0),
                start BIGINT NOT NULL CHECK (start > 0),
                line BLOB NOT NULL,
                PRIMARY KEY (node, lane)
            ) WITHOUT ROWID
            """,
            """
            CREATE TABLE audit_key (
                one SMALLINT NOT NULL PRIMARY KEY CHECK (one = 1),
                public_key BLOB NOT NULL,
                sealed_private_key BLOB NOT NULL,
                created_at BIGINT NOT NULL
            )
            """,
        ]
    )
}
