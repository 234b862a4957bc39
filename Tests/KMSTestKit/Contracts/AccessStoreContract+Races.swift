internal import KMSCore
internal import Testing

extension AccessStoreContract {
    static let races: [ContractClause<WorkingStore>] = [
        .init("of many that make the user, role or policy of one name exactly one does") { store in
            try await store.makeAccounts()
            let steps: [(Int) -> AccessStep] = [
                { .insertUser(.example($0, "name"), limit: many) }, { .insertRole(.example($0, "name"), limit: many) },
                { .insertPolicy(.example($0, "name"), Policy.example($0, "name").exampleVersion(), limit: many) },
            ]
            for step in steps {
                let outcomes = await store.outcomes((0..<50).map { [step($0)] })
                #expect(outcomes.count { $0 == nil } == 1)
                #expect(outcomes.count { $0 == .alreadyExists } == 49)
            }
            #expect(try await store.users(in: one, after: nil, limit: 100).count == 1)
            #expect(try await store.roles(in: one, after: nil, limit: 100).count == 1)
            #expect(try await store.policies(in: one, after: nil, limit: 100).count == 1)
        },
        .init("no limit is passed by many that come at once") { store in
            try await store.makeGrantees()
            let (user, other) = (UserID.example(1), UserID.example(2))
            let steps: [(Int) -> AccessStep] = [
                // There are two users and one role.
                { .insertUser(.example(100 + $0, "u\($0)"), limit: 12) },
                { .insertRole(.example(100 + $0, "r\($0)"), limit: 11) },
                { .insertPolicy(.example($0, "p\($0)"), Policy.example($0, "p\($0)").exampleVersion(), limit: 10) },
                { .insertAccessKey(.example("k\($0)", of: .user(user)), limit: 10) },
                { .attach(.example(.system("p\($0)"), to: .user(other)), limit: 10) },
            ]
            for step in steps {
                let outcomes = await store.outcomes((0..<50).map { [step($0)] })
                #expect(outcomes.count { $0 == nil } == 10)
                #expect(outcomes.count { $0 == .limitReached } == 40)
            }
            #expect(try await store.users(in: one, after: nil, limit: 100).count == 12)
            #expect(try await store.roles(in: one, after: nil, limit: 100).count == 11)
            #expect(try await store.policies(in: one, after: nil, limit: 100).count == 10)
            #expect(try await store.accessKeys(of: .user(user), in: one).count == 10)
            #expect(try await store.attachments(of: .user(other), in: one).count == 10)
        },
        .init("a policy is never attached to a user that is deleted at the same time, nor a deleted one attached") {
            store in
            try await store.makeAccounts()
            for number in 0..<20 {
                let (user, policy) = (User.example(number, "u"), Policy.example(number, "p"))
                try await store.access(.insertUser(user, limit: many))
                try await store.make(policy)
                let attachment = PolicyAttachment.example(.custom("p"), to: .user(user.id))
                let rival = number % 2 == 0 ? AccessStep.deleteUser(user) : .deletePolicy(policy)
                let outcomes = await store.outcomes([[.attach(attachment, limit: many)], [rival]])
                #expect(outcomes.contains(nil) && outcomes.contains(.conflict))
                let attached = try await store.attachments(of: .user(user.id), in: one)
                #expect(attached == (outcomes[0] == nil ? [attachment] : []))
                let (there, known) = (
                    try await store.user(user.id, in: one) != nil,
                    try await store.policy(named: policy.name, in: one) != nil
                )
                #expect((there && known) == (outcomes[0] == nil))
                if there && known { try await store.access(.detach(.custom("p"), from: .user(user.id), in: one)) }
                if there { try await store.access(.deleteUser(user)) }
                if known { try await store.access(.deletePolicy(policy)) }
            }
        },
        .init("a user gets no access key while being deleted, nor a service") { store in
            try await store.makeAccounts()
            let code = ServiceCode.example("OSS")
            for number in 0..<20 {
                let user = User.example(number, "u")
                try await store.access(
                    .insertUser(user, limit: many),
                    .insertService(RegisteredService(code: code, account: one, createdAt: noon))
                )
                let outcomes = await store.outcomes([
                    [.insertAccessKey(.example("user\(number)", of: .user(user.id)), limit: 2)], [.deleteUser(user)],
                    [.insertAccessKey(.example("service\(number)", of: .service(code)), limit: 2)],
                    [.deleteService(code)],
                ])
                #expect((outcomes[0] == nil) == (outcomes[1] == .conflict))
                #expect((outcomes[0] == .conflict) == (outcomes[1] == nil))
                #expect(outcomes[3] == nil && (outcomes[2] == nil || outcomes[2] == .conflict))
                #expect(try await (store.accessKey("user\(number)") != nil) == (outcomes[0] == nil))
                #expect(try await store.accessKey("service\(number)") == nil)
                if outcomes[0] == nil {
                    try await store.access(
                        .deleteAccessKey("user\(number)", of: .user(user.id), in: one),
                        .deleteUser(user)
                    )
                }
            }
        },
        .init("of many that change a policy from one revision exactly one does, with its version") { store in
            try await store.makeAccounts()
            let policy = Policy.example(1, "p")
            try await store.make(policy)
            let changes = (0..<50).map { number -> [AccessStep] in
                let next = policy.changed(at: noon) { ($0.defaultVersion, $0.newestVersion) = (2, 2) }
                return [
                    .updatePolicy(from: policy, to: next),
                    .insertPolicyVersion(policy.exampleVersion(2, document: "\(number)")),
                ]
            }
            let outcomes = await store.outcomes(changes)
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .conflict } == 49)
            let winner = outcomes.firstIndex(of: nil).map { "\($0)" }
            #expect(try await store.policyVersions(of: policy.id).last?.document == winner)
        },
    ]
}

extension KeyStore {
    /// Makes all changes at once; tells of each how it ended, in their order.
    fileprivate func outcomes(_ changes: [[AccessStep]]) async -> [StoreError?] {
        await withTaskGroup(of: (Int, StoreError?).self) { group in
            for (index, steps) in changes.enumerated() {
                group.addTask {
                    do throws(StoreError) { try await apply(Change(steps.map { .access($0) })) } catch {
                        return (index, error)
                    }
                    return (index, nil)
                }
            }
            var outcomes = [StoreError?](repeating: nil, count: changes.count)
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes
        }
    }
}
