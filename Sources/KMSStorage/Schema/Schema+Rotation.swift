extension Schema {
    /// What is remembered of rotations of the root key. There is one rotation at a time.
    static let rootRotation = Migration(
        version: 13,
        oldestCompatibleCode: 13,
        statements: [
            """
            CREATE TABLE root_rotation (
                one SMALLINT NOT NULL PRIMARY KEY CHECK (one = 1),
                generation BIGINT NOT NULL CHECK (generation > 0),
                sealed_root BLOB NOT NULL,
                began_at BIGINT NOT NULL,
                tokens_until BIGINT
            )
            """,
            """
            CREATE TABLE root_successions (
                generation BIGINT NOT NULL PRIMARY KEY CHECK (generation > 0),
                record BLOB NOT NULL
            )
            """,
            """
            CREATE TABLE lasting_keys (
                purpose TEXT NOT NULL CHECK (length(purpose) > 0),
                generation BIGINT NOT NULL CHECK (generation > 0),
                sealed_key BLOB NOT NULL,
                PRIMARY KEY (purpose, generation)
            )
            """,
        ]
    )
}
