internal import KMSCore
internal import Testing

extension AccessStoreContract {
    static let policies: [ContractClause<WorkingStore>] = [
        .init("a policy comes back with its version as it was given and as it was changed, every field of it") {
            store in
            try await store.makeAccounts()
            let policy = Policy(
                id: .number(1),
                account: one,
                name: .example("Read-9"),
                description: "É e\u{301}",
                createdAt: noon,
                updatedAt: noon.adding(seconds: 1)
            )
            let version = policy.exampleVersion(document: "{\"é\": \"e\u{301}\"}")
            #expect(try await store.policy(named: policy.name, in: one) == nil)
            #expect(try await store.policyVersions(of: policy.id).isEmpty)
            try await store.access(.insertPolicy(policy, version, limit: many))
            #expect(try await store.policy(named: policy.name, in: one) == policy)
            #expect(try await store.policyVersions(of: policy.id) == [version])
            let changed = policy.changed(at: noon.adding(seconds: 9)) {
                $0.description = ""
                $0.newestVersion = 7
            }
            try await store.access(.updatePolicy(from: policy, to: changed))
            #expect(try await store.policy(named: policy.name, in: one) == changed)
            #expect(try await store.policies(in: one, after: nil, limit: 9) == [changed])
        },
        .init("a policy's id is taken everywhere and its name within the account; it has an account and a limit") {
            store in
            let policy = Policy.example(1, "name")
            await store.refuses(.conflict, .insertPolicy(policy, policy.exampleVersion(), limit: many))
            try await store.makeAccounts()
            await store.refuses(.limitReached, .insertPolicy(policy, policy.exampleVersion(), limit: 0))
            try await store.make(policy)
            for taken in [Policy.example(1, "other"), .example(2, "name"), .example(1, "other", in: two)] {
                await store.refuses(.alreadyExists, .insertPolicy(taken, taken.exampleVersion(), limit: many))
            }
            let (second, third) = (Policy.example(2, "Name"), Policy.example(3, "name", in: two))
            await store.refuses(.limitReached, .insertPolicy(second, second.exampleVersion(), limit: 1))
            try await store.access(.insertPolicy(second, second.exampleVersion(), limit: 2))
            try await store.access(.insertPolicy(third, third.exampleVersion(), limit: 1))
            #expect(try await store.policy(named: .example("name"), in: two)?.id == third.id)
            #expect(try await store.policyVersions(of: second.id).count == 1)
        },
        .init("policies are listed by the bytes of their names, page after page, also after a name that is gone") {
            store in
            try await store.makeAccounts()
            for (number, name) in names.enumerated() { try await store.make(.example(number, name)) }
            var listed: [Policy] = []
            while case let page = try await store.policies(in: one, after: listed.last?.name, limit: 5), !page.isEmpty {
                listed += page
            }
            #expect(listed.map(\.name.description) == namesInOrder)
            #expect(try await store.policies(in: one, after: .example("Y"), limit: 1).map(\.name.description) == ["Z"])
            #expect(try await store.policies(in: two, after: nil, limit: 9).isEmpty)
        },
        .init("a policy is changed and deleted only from its newest revision, and by its own account") { store in
            try await store.makeAccounts()
            let old = Policy.example(1, "a")
            let now = old.changed(at: noon) { $0.description = "first" }
            let foreign = Policy.example(1, "a", in: two).changed(at: noon) { _ in }
            try await store.make(old)
            try await store.access(.updatePolicy(from: old, to: now))
            for step in [
                AccessStep.updatePolicy(from: old, to: old.changed(at: noon) { $0.description = "lost" }),
                .updatePolicy(from: foreign, to: foreign.changed(at: noon) { $0.description = "lost" }),
                .updatePolicy(from: .example(2, "b"), to: Policy.example(2, "b").changed(at: noon) { _ in }),
                .deletePolicy(old), .deletePolicy(foreign), .deletePolicy(.example(2, "b")),
            ] {
                await store.refuses(.conflict, step)
            }
            #expect(try await store.policy(named: old.name, in: one) == now)
            #expect(try await store.policyVersions(of: old.id).count == 1)
        },
        .init("a policy is deleted with its versions, and not while it is attached to anybody") { store in
            try await store.makeAccounts()
            let policy = Policy.example(1, "a")
            let (user, role) = (Grantee.user(.example(1)), Grantee.role(.example(1)))
            try await store.make(policy)
            try await store.make(.example(2, "a", in: two))
            try await store.access(
                .insertUser(.example(1, "u"), limit: many),
                .insertRole(.example(1, "r"), limit: many),
                .insertUser(.example(2, "u", in: two), limit: many),
                .insertPolicyVersion(policy.exampleVersion(2)),
                // Neither is this policy.
                .attach(.example(.system("a"), to: user), limit: many),
                .attach(.example(.custom("a"), to: .user(.example(2)), in: two), limit: many)
            )
            for grantee in [user, role] {
                try await store.access(.attach(.example(.custom("a"), to: grantee), limit: many))
                await store.refuses(.conflict, .deletePolicy(policy))
                try await store.access(.detach(.custom("a"), from: grantee, in: one))
            }
            try await store.access(.deletePolicy(policy))
            #expect(try await store.policy(named: policy.name, in: one) == nil)
            #expect(try await store.policyVersions(of: policy.id).isEmpty)
            #expect(try await store.attachmentCount(of: .custom("a"), in: two) == 1)
            try await store.make(.example(3, "a"))
            #expect(try await store.policyVersions(of: Policy.example(3, "a").id).count == 1)
        },
    ]

    static let policyVersions: [ContractClause<WorkingStore>] = [
        .init("versions come oldest first, and a number is given once") { store in
            try await store.makeAccounts()
            let policy = Policy.example(1, "a")
            try await store.make(policy)
            let versions = [3, 2, 10].map { policy.exampleVersion($0, document: "\($0)") }
            for version in versions { try await store.access(.insertPolicyVersion(version)) }
            #expect(try await store.policyVersions(of: policy.id).map(\.number) == [1, 2, 3, 10])
            #expect(try await store.policyVersions(of: policy.id)[2] == versions[0])
            await store.refuses(.alreadyExists, .insertPolicyVersion(policy.exampleVersion(3, document: "new")))
            await store.refuses(.conflict, .insertPolicyVersion(Policy.example(2, "b").exampleVersion()))
            try await store.access(.deletePolicyVersion(of: policy.id, number: 3))
            await store.refuses(.conflict, .deletePolicyVersion(of: policy.id, number: 3))
            await store.refuses(.conflict, .deletePolicyVersion(of: .number(9), number: 1))
            #expect(try await store.policyVersions(of: policy.id).map(\.number) == [1, 2, 10])
        },
        .init("no change leaves a policy without its default version") { store in
            try await store.makeAccounts()
            let policy = Policy.example(1, "a")
            let elsewhere = Policy.example(2, "b").exampleVersion()
            await store.refuses(.conflict, .insertPolicy(policy, elsewhere, limit: many))
            await store.refuses(.conflict, .insertPolicy(policy, policy.exampleVersion(2), limit: many))
            #expect(try await store.policy(named: policy.name, in: one) == nil)
            try await store.make(policy)
            await store.refuses(.conflict, .deletePolicyVersion(of: policy.id, number: 1))
            let second = policy.changed(at: noon) { ($0.defaultVersion, $0.newestVersion) = (2, 2) }
            await store.refuses(.conflict, .updatePolicy(from: policy, to: second))
            #expect(try await store.policy(named: policy.name, in: one) == policy)
            try await store.access(
                .updatePolicy(from: policy, to: second),
                .insertPolicyVersion(policy.exampleVersion(2))
            )
            let first = second.changed(at: noon) { $0.defaultVersion = 1 }
            await #expect(throws: StoreError.conflict) {
                try await store.access(
                    .updatePolicy(from: second, to: first),
                    .deletePolicyVersion(of: policy.id, number: 1)
                )
            }
            try await store.access(
                .updatePolicy(from: second, to: first),
                .deletePolicyVersion(of: policy.id, number: 2)
            )
            #expect(try await store.policyVersions(of: policy.id).map(\.number) == [1])
            #expect(try await store.policy(named: policy.name, in: one) == first)
        },
    ]

    static let attachments: [ContractClause<WorkingStore>] = [
        .init("what is attached comes in the order of attachment, to whom it was attached") { store in
            try await store.makeGrantees()
            try await store.make(.example(1, "a"))
            try await store.make(.example(2, "b"))
            let policies: [PolicyReference] = [.custom("b"), .system("b"), .system("Z"), .custom("a"), .system("a")]
            for grantee in [Grantee.user(.example(1)), .role(.example(1))] {
                #expect(try await store.attachments(of: grantee, in: one).isEmpty)
                let all = policies.enumerated().map { offset, policy in
                    // Not the moment makes the order.
                    PolicyAttachment.example(policy, to: grantee, at: noon.adding(seconds: -Int64(offset)))
                }
                for attachment in all { try await store.access(.attach(attachment, limit: many)) }
                #expect(try await store.attachments(of: grantee, in: one) == all)
                #expect(try await store.attachments(of: grantee, in: two).isEmpty)
                try await store.access(.detach(.system("b"), from: grantee, in: one), .attach(all[1], limit: many))
                #expect(try await store.attachments(of: grantee, in: one) == [all[0]] + all[2...] + [all[1]])
            }
            #expect(try await store.attachments(of: .user(.example(2)), in: one).isEmpty)
            for grantee in [Grantee.user(.example(1)), .role(.example(1))] {
                let held = try await store.attachments(of: grantee, in: one)
                for attachment in held {
                    #expect(try await store.attachments(of: attachment.policy, in: one).contains(attachment))
                }
            }
            let holders = try await store.attachments(of: .custom("a"), in: one).map(\.grantee)
            #expect(holders == [.user(.example(1)), .role(.example(1))])
            #expect(try await store.attachments(of: .custom("a"), in: two).isEmpty)
            #expect(try await store.attachmentCount(of: .custom("a"), in: one) == 2)
            #expect(try await store.attachmentCount(of: .system("a"), in: one) == 2)
            #expect(try await store.attachmentCount(of: .system("none"), in: one) == 0)
            #expect(try await store.attachmentCount(of: .custom("a"), in: two) == 0)
        },
        .init("a policy is attached once, to somebody who is there, and a custom one while it is there") { store in
            try await store.makeGrantees()
            try await store.make(.example(1, "a"))
            try await store.make(.example(2, "theirs", in: two))
            for grantee in [Grantee.user(.example(1)), .role(.example(1))] {
                for policy in [PolicyReference.custom("a"), .system("a")] {
                    try await store.access(.attach(.example(policy, to: grantee), limit: many))
                    await store.refuses(.alreadyExists, .attach(.example(policy, to: grantee), limit: many))
                    await store.refuses(.alreadyExists, .attach(.example(policy, to: grantee), limit: 1))
                }
                for attachment in [
                    PolicyAttachment.example(.custom("theirs"), to: grantee), .example(.custom("A"), to: grantee),
                    .example(.custom("theirs"), to: grantee, in: two), .example(.system("a"), to: grantee, in: two),
                ] {
                    await store.refuses(.conflict, .attach(attachment, limit: many))
                }
            }
            for gone in [Grantee.user(.example(9)), .role(.example(9))] {
                await store.refuses(.conflict, .attach(.example(.system("a"), to: gone), limit: many))
            }
        },
        .init("a user or role has no more policies of a type than the limit, whatever others have") { store in
            try await store.makeGrantees()
            for (number, name) in ["a", "b", "c"].enumerated() { try await store.make(.example(number, name)) }
            for grantee in [Grantee.user(.example(1)), .user(.example(2)), .role(.example(1))] {
                for named in [PolicyReference.custom, PolicyReference.system] {
                    await store.refuses(.limitReached, .attach(.example(named("a"), to: grantee), limit: 0))
                    for name in ["a", "b"] {
                        try await store.access(.attach(.example(named(name), to: grantee), limit: 2))
                    }
                    await store.refuses(.limitReached, .attach(.example(named("c"), to: grantee), limit: 2))
                    await store.refuses(.limitReached, .attach(.example(named("c"), to: grantee), limit: 1))
                    try await store.access(.detach(named("a"), from: grantee, in: one))
                    try await store.access(.attach(.example(named("c"), to: grantee), limit: 2))
                }
            }
        },
        .init("what is not attached is not detached") { store in
            try await store.makeGrantees()
            try await store.make(.example(1, "a"))
            let user = Grantee.user(.example(1))
            try await store.access(.attach(.example(.custom("a"), to: user), limit: many))
            for step in [
                AccessStep.detach(.system("a"), from: user, in: one), .detach(.custom("A"), from: user, in: one),
                .detach(.custom("a"), from: user, in: two), .detach(.custom("a"), from: .role(.example(1)), in: one),
                .detach(.custom("a"), from: .user(.example(2)), in: one),
            ] {
                await store.refuses(.conflict, step)
            }
            try await store.access(.detach(.custom("a"), from: user, in: one))
            await store.refuses(.conflict, .detach(.custom("a"), from: user, in: one))
            #expect(try await store.attachments(of: user, in: one).isEmpty)
        },
    ]

    static let grants: [ContractClause<WorkingStore>] = [
        .init("grants say the name, the role, and the default versions of what is attached, in its order") { store in
            try await store.makeGrantees()
            let (user, role) = (Grantee.user(.example(1)), Grantee.role(.example(1)))
            #expect(
                try await store.grants(of: user, in: one) == Grants(name: "first", role: nil, system: [], custom: [])
            )
            let stored = try await store.role(.example(1), in: one)
            #expect(
                try await store.grants(of: role, in: one)
                    == Grants(name: "worker", role: stored, system: [], custom: [])
            )
            for absent in [Grantee.user(.example(9)), .role(.example(9))] {
                #expect(try await store.grants(of: absent, in: one) == nil)
            }
            for grantee in [user, role] { #expect(try await store.grants(of: grantee, in: two) == nil) }
            let (a, b) = (Policy.example(1, "a"), Policy.example(2, "b"))
            try await store.make(a, document: "of a")
            try await store.make(b, document: "of b")
            for grantee in [user, role] {
                for policy in [PolicyReference.custom("b"), .system("Z"), .custom("a"), .system("A")] {
                    try await store.access(.attach(.example(policy, to: grantee), limit: many))
                }
                let grants = try await store.grants(of: grantee, in: one)
                #expect(grants?.system.map(\.description) == ["Z", "A"])
                #expect(
                    grants?.custom == [
                        Grants.Granted(name: b.name, version: b.exampleVersion(document: "of b")),
                        Grants.Granted(name: a.name, version: a.exampleVersion(document: "of a")),
                    ]
                )
            }
        },
        .init("grants follow every change: default version, attachment, name, role, deletion") { store in
            try await store.makeGrantees()
            let (user, role) = (Grantee.user(.example(1)), Grantee.role(.example(1)))
            let policy = Policy.example(1, "a")
            try await store.make(policy, document: "one")
            func documents(_ grantee: Grantee) async throws -> [String]? {
                try await store.grants(of: grantee, in: one)?.custom.map(\.version.document)
            }
            for grantee in [user, role] {
                #expect(try await documents(grantee) == [])
                try await store.access(.attach(.example(.custom("a"), to: grantee), limit: many))
                #expect(try await documents(grantee) == ["one"])
            }
            let widened = policy.changed(at: noon) { $0.newestVersion = 2 }
            try await store.access(
                .updatePolicy(from: policy, to: widened),
                .insertPolicyVersion(policy.exampleVersion(2, document: "two"))
            )
            for grantee in [user, role] { #expect(try await documents(grantee) == ["one"]) }
            let moved = widened.changed(at: noon) { $0.defaultVersion = 2 }
            try await store.access(.updatePolicy(from: widened, to: moved))
            for grantee in [user, role] { #expect(try await documents(grantee) == ["two"]) }
            for grantee in [user, role] {
                try await store.access(.detach(.custom("a"), from: grantee, in: one))
                #expect(try await documents(grantee) == [])
            }
            let first = User.example(1, "first")
            let renamed = first.changed(at: noon) { $0.name = .example("renamed") }
            try await store.access(.updateUser(from: first, to: renamed))
            #expect(try await store.grants(of: user, in: one)?.name == "renamed")
            let worker = Role.example(1, "worker")
            let trusted = worker.changed(at: noon) { $0.trustPolicy = "others" }
            try await store.access(.updateRole(from: worker, to: trusted))
            #expect(try await store.grants(of: role, in: one)?.role == trusted)
            #expect(try await store.role(.example(1), in: one) == trusted)
            try await store.access(.deleteUser(renamed), .deleteRole(trusted))
            for grantee in [user, role] { #expect(try await store.grants(of: grantee, in: one) == nil) }
            try await store.access(.insertUser(first, limit: many), .insertRole(worker, limit: many))
            #expect(try await store.grants(of: user, in: one)?.name == "first")
            #expect(try await store.grants(of: role, in: one)?.role == worker)
        },
        .init("two accounts with the same names share nothing") { store in
            try await store.makeAccounts()
            for (number, account) in [one, two].enumerated() {
                let policy = Policy.example(number, "p", in: account)
                try await store.make(policy, document: "of \(account)")
                try await store.access(
                    .insertUser(.example(number, "u", in: account), limit: 1),
                    .insertRole(.example(number, "r", in: account), limit: 1),
                    .attach(.example(.custom("p"), to: .user(.example(number)), in: account), limit: 1),
                    .attach(.example(.custom("p"), to: .role(.example(number)), in: account), limit: 1)
                )
            }
            for (number, account) in [one, two].enumerated() {
                #expect(try await store.user(named: .example("u"), in: account)?.id == .example(number))
                #expect(try await store.role(named: .example("r"), in: account)?.id == .example(number))
                #expect(try await store.attachmentCount(of: .custom("p"), in: account) == 2)
                for grantee in [Grantee.user(.example(number)), .role(.example(number))] {
                    let grants = try await store.grants(of: grantee, in: account)
                    #expect(grants?.custom.map(\.version.document) == ["of \(account)"])
                    #expect(try await store.grants(of: grantee, in: account == one ? two : one) == nil)
                }
            }
            try await store.access(.detach(.custom("p"), from: .user(.example(0)), in: one))
            #expect(try await store.attachmentCount(of: .custom("p"), in: two) == 2)
        },
    ]
}

extension KeyStore {
    /// Makes the policy with its first version.
    func make(_ policy: Policy, document: String = "{}") async throws {
        try await access(.insertPolicy(policy, policy.exampleVersion(document: document), limit: 100))
    }

    /// The two accounts; in the first of them the users `first` and `second` and the role `worker`, each of its number.
    func makeGrantees() async throws {
        try await makeAccounts()
        try await access(
            .insertUser(.example(1, "first"), limit: 100),
            .insertUser(.example(2, "second"), limit: 100),
            .insertRole(.example(1, "worker"), limit: 100)
        )
    }
}
