extension Schema {
    /// Users, policies and roles. Their lists are read by name, over the indexes that keep names unique.
    ///
    /// What holds an access key is one text, `principal`; the columns that follow from it let the schema see to it that
    /// the holder exists.
    static let access = Migration(
        version: 8,
        oldestCompatibleCode: 8,
        statements: users + policies + attachments + accessKeys
    )

    private static let users = [
        """
        CREATE TABLE users (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 18),
            account TEXT NOT NULL REFERENCES accounts (id),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            display_name TEXT NOT NULL CHECK (length(display_name) <= 128),
            mobile_phone TEXT NOT NULL,
            email TEXT NOT NULL,
            comments TEXT NOT NULL CHECK (length(comments) <= 128),
            password_hash BLOB,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            revision BIGINT NOT NULL CHECK (revision > 0),
            UNIQUE (account, name),
            UNIQUE (account, id)
        )
        """,
        """
        CREATE TABLE roles (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 18),
            account TEXT NOT NULL REFERENCES accounts (id),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            description TEXT NOT NULL CHECK (length(description) <= 1024),
            trust_policy TEXT NOT NULL,
            maximum_duration BIGINT NOT NULL CHECK (maximum_duration BETWEEN 3600 AND 43200),
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            revision BIGINT NOT NULL CHECK (revision > 0),
            UNIQUE (account, name),
            UNIQUE (account, id)
        )
        """,
        """
        CREATE TABLE services (
            code TEXT NOT NULL PRIMARY KEY CHECK (length(code) BETWEEN 2 AND 32),
            account TEXT NOT NULL REFERENCES accounts (id),
            created_at BIGINT NOT NULL
        )
        """,
    ]

    private static let policies = [
        """
        CREATE TABLE policies (
            id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
            account TEXT NOT NULL REFERENCES accounts (id),
            name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
            description TEXT NOT NULL CHECK (length(description) <= 1024),
            default_version BIGINT NOT NULL,
            newest_version BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            revision BIGINT NOT NULL CHECK (revision > 0),
            UNIQUE (account, name),
            CHECK (default_version BETWEEN 1 AND newest_version)
        )
        """,
        """
        CREATE TABLE policy_versions (
            policy_id BLOB NOT NULL REFERENCES policies (id),
            number BIGINT NOT NULL CHECK (number > 0),
            document TEXT NOT NULL CHECK (length(document) BETWEEN 1 AND 6144),
            created_at BIGINT NOT NULL,
            PRIMARY KEY (policy_id, number)
        )
        """,
    ]

    /// A system policy has no row of its own, so that only custom ones can be referred to.
    private static let attachments = [
        """
        CREATE TABLE policy_attachments (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            user_id TEXT,
            role_id TEXT,
            policy_type TEXT NOT NULL CHECK (policy_type IN ('System', 'Custom')),
            policy_name TEXT NOT NULL CHECK (length(policy_name) BETWEEN 1 AND 128),
            custom_policy TEXT GENERATED ALWAYS AS (CASE policy_type WHEN 'Custom' THEN policy_name END) STORED,
            attached_at BIGINT NOT NULL,
            UNIQUE (user_id, policy_type, policy_name),
            UNIQUE (role_id, policy_type, policy_name),
            CHECK ((user_id IS NULL) <> (role_id IS NULL)),
            FOREIGN KEY (account, user_id) REFERENCES users (account, id),
            FOREIGN KEY (account, role_id) REFERENCES roles (account, id),
            FOREIGN KEY (account, custom_policy) REFERENCES policies (account, name)
        )
        """,
        "CREATE INDEX attachments_of_policy ON policy_attachments (account, policy_type, policy_name)",
        """
        CREATE INDEX attachments_of_custom_policy ON policy_attachments (account, custom_policy)
            WHERE custom_policy IS NOT NULL
        """,
    ]

    private static let accessKeys = [
        """
        ALTER TABLE access_keys ADD COLUMN user_id TEXT
            GENERATED ALWAYS AS (CASE WHEN principal GLOB 'user/*' THEN substr(principal, 6) END) VIRTUAL
            REFERENCES users (id)
        """,
        """
        ALTER TABLE access_keys ADD COLUMN service TEXT
            GENERATED ALWAYS AS (CASE WHEN principal GLOB 'service/*' THEN substr(principal, 9) END) VIRTUAL
            REFERENCES services (code)
        """,
        "CREATE INDEX access_keys_of_holder ON access_keys (account, principal, sequence)",
        "CREATE INDEX access_keys_of_user ON access_keys (user_id) WHERE user_id IS NOT NULL",
        "CREATE INDEX access_keys_of_service ON access_keys (service) WHERE service IS NOT NULL",
    ]
}
