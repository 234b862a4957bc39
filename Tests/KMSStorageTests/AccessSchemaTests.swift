import GRDB
import KMSCore
import KMSTestKit
import Testing

@testable import KMSStorage

@Suite("the schema of users, policies and roles")
struct AccessSchemaTests {
    private let folder: TemporaryFolder
    private let account = Account(id: Namespace.example().account, createdAt: Timestamp(seconds: 0))

    init() throws { folder = try TemporaryFolder() }

    @Test("accounts and access keys of a database from before users stay as they are, and users join them")
    func migration() async throws {
        let keys = [AccessKey.example("first", secret: [1, 0, 255]), .example("second", isActive: false, secret: [2])]
        do {
            let database = try DatabaseQueue(path: folder.path + "/keyhold.sqlite")
            try await database.writeWithoutTransaction { [account] database in
                try Migrator.migrate(database, Schema.migrations.filter { $0.version <= 7 })
                try database.execute(
                    sql: "INSERT INTO accounts (id, created_at) VALUES (?, ?)",
                    arguments: [account.id.description, account.createdAt.microseconds]
                )
                for key in keys { try AccessKeyRow.insert.execute(database, AccessKeyRow.insertArguments(key)) }
            }
            try database.close()
        }
        let store = try await SQLiteStore.open(folder: folder.path)
        #expect(try await store.accounts() == [account])
        #expect(try await store.accessKeys(of: account.id) == keys)
        #expect(try await store.accessKeys(of: .root, in: account.id) == keys)
        #expect(try await store.accessKey("first") == keys[0])
        let user = User.example(1, "u")
        let key = AccessKey.example("third", of: .user(user.id))
        try await store.apply(
            Change([.access(.insertUser(user, limit: 1)), .access(.insertAccessKey(key, limit: 1))])
        )
        #expect(try await store.accessKeys(of: account.id) == keys + [key])
        #expect(try await store.holdsSealedRows(of: .server))
    }

    @Test("what was written is there when the database is opened again")
    func reopening() async throws {
        do { try await fill(try await SQLiteStore.open(folder: folder.path)) }
        let store = try await SQLiteStore.open(folder: folder.path)
        let grants = try await store.grants(of: .user(.example(1)), in: account.id)
        #expect(grants?.name == "u" && grants?.custom.count == 1 && grants?.system.count == 1)
        #expect(try await store.accessKeys(of: .user(.example(1)), in: account.id).map(\.id) == ["users"])
        #expect(try await store.role(named: .example("r"), in: account.id) == .example(1, "r"))
        #expect(try await store.services().map(\.code) == [.example("OSS")])
    }

    @Test(
        "the schema itself refuses what breaks its invariants",
        arguments: [
            "UPDATE users SET revision = 0", "UPDATE users SET name = ''", "UPDATE users SET account = '9'",
            "UPDATE users SET name = printf('%.*c', 65, 'x')", "UPDATE users SET comments = printf('%.*c', 129, 'x')",
            "UPDATE users SET display_name = printf('%.*c', 129, 'x')", "DELETE FROM users", "DELETE FROM roles",
            "INSERT INTO users SELECT '000000000000000009', account, name, '', '', '', '', NULL, 0, 0, 1 FROM users",
            "UPDATE roles SET maximum_duration = 3599", "UPDATE roles SET maximum_duration = 43201",
            "UPDATE roles SET description = printf('%.*c', 1025, 'x')", "UPDATE roles SET revision = 0",
            "UPDATE policies SET default_version = 2", "UPDATE policies SET default_version = 0",
            "UPDATE policies SET name = 'other'", "UPDATE policies SET account = '2'", "DELETE FROM policies",
            "UPDATE policies SET revision = 0", "UPDATE policy_versions SET number = 0",
            "UPDATE policy_versions SET document = printf('%.*c', 6145, 'x')",
            "INSERT INTO policy_versions VALUES (x'00', 1, '{}', 0)",
            "UPDATE policy_attachments SET account = '2'", "UPDATE policy_attachments SET role_id = user_id",
            "UPDATE policy_attachments SET user_id = NULL", "UPDATE policy_attachments SET policy_type = 'Other'",
            "UPDATE policy_attachments SET policy_name = 'none'",
            """
            INSERT INTO policy_attachments (account, user_id, policy_type, policy_name, attached_at)
            SELECT account, user_id, policy_type, policy_name, 0 FROM policy_attachments
            """,
            "DELETE FROM services", "UPDATE services SET account = '9'", "UPDATE services SET code = 'X'",
            "UPDATE access_keys SET principal = 'user/000000000000000002'",
            "UPDATE access_keys SET principal = 'service/ECS'", "DELETE FROM accounts",
        ]
    )
    func invariants(sql: String) async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        try await fill(store)
        await #expect(throws: DatabaseError.self) { try await store.pool.write { try $0.execute(sql: sql) } }
    }

    @Test("grants whose document is missing are refused, for it may be the one that denies")
    func missingDocument() async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        try await fill(store)
        try await store.pool.write { try $0.execute(sql: "DELETE FROM policy_versions") }
        await #expect(throws: StoreError.unavailable("a row of the database is damaged")) {
            try await store.grants(of: .user(.example(1)), in: account.id)
        }
    }

    @Test("lists and grants of one account cost the same whatever other accounts have")
    func cost() async throws {
        let store = try await SQLiteStore.open(folder: folder.path)
        try await fill(store)
        let counter = try await StepCounter(store)
        func costs() async throws -> [Int] {
            let (account, user) = (account.id, UserID.example(1))
            return [
                try await counter.count { _ = try await store.users(in: account, after: nil, limit: 10) },
                try await counter.count { _ = try await store.policies(in: account, after: nil, limit: 10) },
                try await counter.count { _ = try await store.roles(in: account, after: nil, limit: 10) },
                try await counter.count { _ = try await store.grants(of: .user(user), in: account) },
                try await counter.count { _ = try await store.accessKeys(of: .user(user), in: account) },
                try await counter.count { _ = try await store.attachmentCount(of: .custom("p"), in: account) },
            ]
        }
        let other = Namespace.example("2").account
        try await store.apply(Change([.insertAccount(Account(id: other, createdAt: account.createdAt))]))
        func fillOther(_ numbers: Range<Int>) async throws {
            for number in numbers {
                let policy = Policy.example(number, "p\(number)", in: other)
                let user = Identity.user(.example(number))
                let steps: [AccessStep] = [
                    .insertUser(.example(number, "u\(number)", in: other), limit: 1_000),
                    .insertRole(.example(number, "r\(number)", in: other), limit: 1_000),
                    .insertPolicy(policy, policy.exampleVersion(), limit: 1_000),
                    .attach(.example(policy.reference, to: .user(.example(number)), in: other), limit: 1_000),
                    .insertAccessKey(.example("k\(number)", of: user, in: other), limit: nil),
                ]
                try await store.apply(Change(steps.map { .access($0) }))
            }
        }
        // One row of somebody else's ends each search, as many would.
        try await fillOther(100..<101)
        _ = try await costs()
        let before = try await costs()
        try await fillOther(101..<300)
        let after = try await costs()
        #expect(after == before)
        try await counter.stop()
    }

    private func fill(_ store: SQLiteStore) async throws {
        let policy = Policy.example(1, "p")
        let (user, code) = (UserID.example(1), ServiceCode.example("OSS"))
        let service = RegisteredService(code: code, account: account.id, createdAt: account.createdAt)
        let steps: [AccessStep] = [
            .insertUser(.example(1, "u"), limit: 1), .insertRole(.example(1, "r"), limit: 1),
            .insertPolicy(policy, policy.exampleVersion(), limit: 1),
            .attach(.example(policy.reference, to: .user(user)), limit: 1),
            .attach(.example(.system("s"), to: .user(user)), limit: 1),
            .attach(.example(policy.reference, to: .role(.example(1))), limit: 1),
            .insertService(service), .insertAccessKey(.example("users", of: .user(user)), limit: 1),
            .insertAccessKey(.example("services", of: .service(code)), limit: 1),
        ]
        try await store.apply(Change([.insertAccount(account)] + steps.map { .access($0) }))
    }
}
