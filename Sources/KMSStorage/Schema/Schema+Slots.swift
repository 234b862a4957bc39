extension Schema {
    /// Tables of root-key slots by name, since the key process has a root key of its own.
    static let namedSlotTables = Migration(
        version: 11,
        oldestCompatibleCode: 11,
        statements: [
            """
            CREATE TABLE root_slot_tables (
                name TEXT NOT NULL PRIMARY KEY CHECK (length(name) > 0),
                database_id BLOB NOT NULL CHECK (length(database_id) = 16),
                generation BIGINT NOT NULL CHECK (generation > 0),
                authentication_code BLOB NOT NULL CHECK (length(authentication_code) = 32)
            ) WITHOUT ROWID
            """,
            """
            CREATE TABLE root_slots (
                name TEXT NOT NULL REFERENCES root_slot_tables (name),
                sequence BIGINT NOT NULL CHECK (sequence > 0),
                slot BLOB NOT NULL,
                PRIMARY KEY (name, sequence)
            ) WITHOUT ROWID
            """,
            """
            INSERT INTO root_slot_tables (name, database_id, generation, authentication_code)
            SELECT 'server', database_id, generation, authentication_code FROM slot_table
            """,
            "INSERT INTO root_slots (name, sequence, slot) SELECT 'server', sequence, slot FROM slots",
            "DROP TABLE slots",
            "DROP TABLE slot_table",
        ]
    )
}
