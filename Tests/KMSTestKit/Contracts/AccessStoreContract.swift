internal import KMSCore
internal import Testing

/// The sentences of ``AccessStore`` and ``AccessStep``; every store must keep them all.
package enum AccessStoreContract {
    package static let clauses: [ContractClause<WorkingStore>] =
        users + usersChanged + roles + policies + policyVersions + attachments + grants + accessKeys + services + races

    static let one = Namespace.example().account
    static let two = Namespace.example("2").account
    /// A limit that nothing here meets.
    static let many = 100

    /// Names whose order differs between bytes, letters and locales.
    static let names = ["b", "B", "a", "Ab", "aB", "-", "0", "9", "10", "a-b", "ab", "Z"]
    static let namesInOrder = ["-", "0", "10", "9", "Ab", "B", "Z", "a", "a-b", "aB", "ab", "b"]

    private static let users: [ContractClause<WorkingStore>] = [
        .init("a user comes back as it was given and as it was changed, every field of it, by id and by name") {
            store in
            try await store.makeAccounts()
            let user = User(
                id: .example(1),
                account: one,
                name: .example("a.B_c-9"),
                displayName: "É e\u{301} 名",
                mobilePhone: "86-123",
                email: "a@example.org",
                comments: "c",
                passwordHash: [0, 1, 255],
                createdAt: noon,
                updatedAt: noon.adding(seconds: 1)
            )
            #expect(try await store.user(user.id, in: one) == nil)
            #expect(try await store.user(named: user.name, in: one) == nil)
            try await store.access(.insertUser(user, limit: many))
            #expect(try await store.user(user.id, in: one) == user)
            #expect(try await store.user(named: user.name, in: one) == user)
            let changed = user.changed(at: noon.adding(seconds: 9)) {
                $0.name = .example("other")
                $0.displayName = ""
                $0.mobilePhone = "1"
                $0.email = "2"
                $0.comments = "3"
                $0.passwordHash = nil
            }
            try await store.access(.updateUser(from: user, to: changed))
            #expect(try await store.user(user.id, in: one) == changed)
            #expect(try await store.user(named: changed.name, in: one) == changed)
            #expect(try await store.user(named: user.name, in: one) == nil)
            #expect(try await store.users(in: one, after: nil, limit: 9) == [changed])
        },
        .init("a user's id is taken everywhere and its name within the account, compared by bytes") { store in
            try await store.makeAccounts()
            try await store.access(.insertUser(.example(1, "name"), limit: many))
            for taken in [
                User.example(1, "other"), .example(1, "name"), .example(2, "name"), .example(1, "other", in: two),
            ] {
                await store.refuses(.alreadyExists, .insertUser(taken, limit: many))
            }
            try await store.access(.insertUser(.example(2, "Name"), limit: many))
            try await store.access(.insertUser(.example(3, "name", in: two), limit: many))
            #expect(try await store.users(in: one, after: nil, limit: 9).map(\.id) == [.example(2), .example(1)])
            #expect(try await store.users(in: two, after: nil, limit: 9).map(\.id) == [.example(3)])
        },
        .init("a user without its account is refused") { store in
            await store.refuses(.conflict, .insertUser(.example(1, "name"), limit: many))
            let users = try await store.users(in: one, after: nil, limit: 9)
            #expect(users.isEmpty)
        },
        .init("an account has no more users than the limit, whatever others have") { store in
            try await store.makeAccounts()
            await store.refuses(.limitReached, .insertUser(.example(1, "a"), limit: 0))
            for number in 1...2 { try await store.access(.insertUser(.example(number, "a\(number)"), limit: 2)) }
            await store.refuses(.limitReached, .insertUser(.example(3, "b"), limit: 2))
            await store.refuses(.limitReached, .insertUser(.example(3, "b"), limit: 1))
            await store.refuses(.alreadyExists, .insertUser(.example(3, "a1"), limit: 2))
            try await store.access(.insertUser(.example(3, "b", in: two), limit: 2))
            try await store.access(.deleteUser(.example(1, "a1")))
            try await store.access(.insertUser(.example(4, "b"), limit: 2))
        },
        .init("users are listed by the bytes of their names, page after page, also after a name that is gone") {
            store in
            try await store.makeAccounts()
            for (number, name) in names.enumerated() {
                try await store.access(.insertUser(.example(number, name), limit: many))
                try await store.access(.insertUser(.example(100 + number, name, in: two), limit: many))
            }
            var listed: [User] = []
            while case let page = try await store.users(in: one, after: listed.last?.name, limit: 5), !page.isEmpty {
                listed += page
            }
            #expect(listed.map(\.name.description) == namesInOrder)
            #expect(listed.allSatisfy { $0.account == one })
            #expect(
                try await store.users(in: one, after: .example("Z"), limit: 2).map(\.name.description) == ["a", "a-b"]
            )
            #expect(try await store.users(in: one, after: .example("Y"), limit: 1).map(\.name.description) == ["Z"])
            #expect(try await store.users(in: one, after: .example("zz"), limit: 9).isEmpty)
            #expect(try await store.users(in: Namespace.example("3").account, after: nil, limit: 9).isEmpty)
        },
    ]

    private static let usersChanged: [ContractClause<WorkingStore>] = [
        .init("a user is changed and deleted only from its newest revision, and by its own account") { store in
            try await store.makeAccounts()
            let old = User.example(1, "a")
            let now = old.changed(at: noon) { $0.comments = "first" }
            let foreign = User.example(1, "a", in: two).changed(at: noon) { _ in }
            try await store.access(.insertUser(old, limit: many), .updateUser(from: old, to: now))
            for step in [
                AccessStep.updateUser(from: old, to: old.changed(at: noon) { $0.comments = "lost" }), .deleteUser(old),
                .updateUser(from: foreign, to: foreign.changed(at: noon) { $0.comments = "lost" }),
                .deleteUser(foreign), .deleteUser(.example(2, "a")),
                .updateUser(from: .example(2, "b"), to: User.example(2, "b").changed(at: noon) { _ in }),
            ] {
                await store.refuses(.conflict, step)
            }
            #expect(try await store.user(old.id, in: one) == now)
            #expect(try await store.user(old.id, in: two) == nil)
            #expect(try await store.user(named: old.name, in: two) == nil)
        },
        .init("a user takes a free name only, and leaves its own to others") { store in
            try await store.makeAccounts()
            let (first, second) = (User.example(1, "a"), User.example(2, "b"))
            try await store.access(
                .insertUser(first, limit: many),
                .insertUser(second, limit: many),
                .insertUser(.example(3, "c", in: two), limit: many)
            )
            let taking = first.changed(at: noon) { $0.name = .example("b") }
            await store.refuses(.alreadyExists, .updateUser(from: first, to: taking))
            let stale = first.changed(at: noon) { _ in }
            await store.refuses(
                .conflict,
                .updateUser(from: stale, to: stale.changed(at: noon) { $0.name = second.name })
            )
            #expect(try await store.user(named: .example("a"), in: one) == first)
            let renamed = first.changed(at: noon) { $0.name = .example("c") }
            try await store.access(.updateUser(from: first, to: renamed))
            try await store.access(.insertUser(.example(4, "a"), limit: many))
            #expect(try await store.user(named: .example("a"), in: one)?.id == .example(4))
            #expect(try await store.user(named: .example("c"), in: one) == renamed)
        },
        .init("a user is deleted without access keys and attached policies alone, and nothing of it is left") { store in
            try await store.makeAccounts()
            let user = User.example(1, "a")
            let key = AccessKey.example("key", of: .user(user.id))
            let attachment = PolicyAttachment.example(.system("Full"), to: .user(user.id))
            try await store.access(
                .insertUser(user, limit: many),
                .insertAccessKey(key, limit: 2),
                .attach(attachment, limit: many)
            )
            await store.refuses(.conflict, .deleteUser(user))
            try await store.access(.deleteAccessKey("key", of: .user(user.id), in: one))
            await store.refuses(.conflict, .deleteUser(user))
            try await store.access(.detach(.system("Full"), from: .user(user.id), in: one), .deleteUser(user))
            #expect(try await store.user(user.id, in: one) == nil)
            #expect(try await store.user(named: user.name, in: one) == nil)
            #expect(try await store.users(in: one, after: nil, limit: 9).isEmpty)
            #expect(try await store.grants(of: .user(user.id), in: one) == nil)
            try await store.access(.insertUser(.example(2, "a"), limit: many))
            #expect(try await store.attachments(of: .user(.example(2)), in: one).isEmpty)
        },
    ]

    private static let roles: [ContractClause<WorkingStore>] = [
        .init("a role comes back as it was given and as it was changed, every field of it, by id and by name") {
            store in
            try await store.makeAccounts()
            let role = Role(
                id: .example(1),
                account: one,
                name: .example("a.B_c-9"),
                description: "É e\u{301}",
                trustPolicy: #"{"Version":"1"}"#,
                maximumDuration: 43_200,
                createdAt: noon,
                updatedAt: noon.adding(seconds: 1)
            )
            #expect(try await store.role(role.id, in: one) == nil)
            #expect(try await store.role(named: role.name, in: one) == nil)
            try await store.access(.insertRole(role, limit: many))
            #expect(try await store.role(role.id, in: one) == role)
            #expect(try await store.role(named: role.name, in: one) == role)
            let changed = role.changed(at: noon.adding(seconds: 9)) {
                $0.description = ""
                $0.trustPolicy = "{}"
                $0.maximumDuration = 3_600
            }
            try await store.access(.updateRole(from: role, to: changed))
            #expect(try await store.role(role.id, in: one) == changed)
            #expect(try await store.role(named: role.name, in: one) == changed)
            #expect(try await store.roles(in: one, after: nil, limit: 9) == [changed])
        },
        .init("a role's id is taken everywhere and its name within the account; it has an account and a limit") {
            store in
            await store.refuses(.conflict, .insertRole(.example(1, "name"), limit: many))
            try await store.makeAccounts()
            await store.refuses(.limitReached, .insertRole(.example(1, "name"), limit: 0))
            try await store.access(.insertRole(.example(1, "name"), limit: 1))
            for taken in [Role.example(1, "other"), .example(2, "name"), .example(1, "other", in: two)] {
                await store.refuses(.alreadyExists, .insertRole(taken, limit: many))
            }
            await store.refuses(.limitReached, .insertRole(.example(2, "Name"), limit: 1))
            try await store.access(.insertRole(.example(2, "Name"), limit: 2))
            try await store.access(.insertRole(.example(3, "name", in: two), limit: 1))
            // Users and roles have their names apart.
            try await store.access(.insertUser(.example(1, "name"), limit: 1))
            #expect(try await store.role(named: .example("name"), in: two)?.id == .example(3))
            #expect(try await store.role(.example(3), in: one) == nil)
        },
        .init("roles are listed by the bytes of their names, page after page, also after a name that is gone") {
            store in
            try await store.makeAccounts()
            for (number, name) in names.enumerated() {
                try await store.access(.insertRole(.example(number, name), limit: many))
            }
            var listed: [Role] = []
            while case let page = try await store.roles(in: one, after: listed.last?.name, limit: 5), !page.isEmpty {
                listed += page
            }
            #expect(listed.map(\.name.description) == namesInOrder)
            #expect(try await store.roles(in: one, after: .example("Y"), limit: 1).map(\.name.description) == ["Z"])
            #expect(try await store.roles(in: two, after: nil, limit: 9).isEmpty)
        },
        .init("a role is changed and deleted from its newest revision by its own account, and not while attached") {
            store in
            try await store.makeAccounts()
            let old = Role.example(1, "a")
            let now = old.changed(at: noon) { $0.description = "first" }
            let foreign = Role.example(1, "a", in: two).changed(at: noon) { _ in }
            try await store.access(.insertRole(old, limit: many), .updateRole(from: old, to: now))
            for step in [
                AccessStep.updateRole(from: old, to: old.changed(at: noon) { $0.description = "lost" }),
                .deleteRole(old), .deleteRole(foreign), .deleteRole(.example(2, "a")),
                .updateRole(from: foreign, to: foreign.changed(at: noon) { $0.description = "lost" }),
            ] {
                await store.refuses(.conflict, step)
            }
            #expect(try await store.role(old.id, in: one) == now)
            let grantee = Grantee.role(now.id)
            try await store.access(.attach(.example(.system("Full"), to: grantee), limit: many))
            await store.refuses(.conflict, .deleteRole(now))
            try await store.access(.detach(.system("Full"), from: grantee, in: one), .deleteRole(now))
            #expect(try await store.role(now.id, in: one) == nil)
            #expect(try await store.role(named: now.name, in: one) == nil)
            #expect(try await store.grants(of: grantee, in: one) == nil)
        },
    ]
}

extension KeyStore {
    /// Two accounts of the clauses.
    func makeAccounts() async throws {
        for id in [AccessStoreContract.one, AccessStoreContract.two] {
            try await apply(Change([.insertAccount(Account(id: id, createdAt: noon))]))
        }
    }

    func access(_ steps: AccessStep...) async throws { try await apply(Change(steps.map { .access($0) })) }

    /// Expects that the step is refused with this error.
    func refuses(
        _ error: StoreError,
        _ step: AccessStep,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await #expect(throws: error, "\(step)", sourceLocation: sourceLocation) { try await access(step) }
    }
}
