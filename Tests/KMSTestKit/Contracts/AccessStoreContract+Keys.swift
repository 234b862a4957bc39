internal import KMSCore
internal import Testing

extension AccessStoreContract {
    static let accessKeys: [ContractClause<WorkingStore>] = [
        .init("the access keys of a holder come back as given, in the order of their creation") { store in
            try await store.makeGrantees()
            let code = ServiceCode.example("OSS")
            try await store.access(.insertService(RegisteredService(code: code, account: one, createdAt: noon)))
            let holders: [Identity] = [.user(.example(1)), .root, .service(code), .user(.example(2))]
            var all: [AccessKey] = []
            for suffix in ["z", "a", "A"] {
                for (number, holder) in holders.enumerated() {
                    let secret = Array("\(holder)".utf8) + [0, 255]
                    all.append(.example("\(suffix)\(number)", of: holder, isActive: suffix != "a", secret: secret))
                }
            }
            for key in all { try await store.access(.insertAccessKey(key, limit: nil)) }
            for key in all { #expect(try await store.accessKey(key.id) == key) }
            for holder in holders {
                #expect(try await store.accessKeys(of: holder, in: one) == all.filter { $0.identity == holder })
                #expect(try await store.accessKeys(of: holder, in: two).isEmpty)
            }
            #expect(try await store.accessKeys(of: one) == all)
            for holder in [Identity.user(.example(9)), .service(.example("ECS")), .session(.example(1), session: "s")] {
                #expect(try await store.accessKeys(of: holder, in: one).isEmpty)
            }
        },
        .init("an access key's id is taken everywhere") { store in
            try await store.makeGrantees()
            try await store.access(.insertAccessKey(.example("id"), limit: nil))
            for key in [
                AccessKey.example("id"), .example("id", of: .user(.example(1))), .example("id", in: two),
                .example("id", of: .user(.example(9))),
            ] {
                await store.refuses(.alreadyExists, .insertAccessKey(key, limit: nil))
                await store.refuses(.alreadyExists, .insertAccessKey(key, limit: 0))
            }
            #expect(try await store.accessKeys(of: .user(.example(1)), in: one).isEmpty)
        },
        .init("an access key has an account and a holder in it") { store in
            try await store.makeGrantees()
            let code = ServiceCode.example("OSS")
            try await store.access(.insertService(RegisteredService(code: code, account: two, createdAt: noon)))
            for key in [
                AccessKey.example("id", in: Namespace.example("3").account), .example("id", of: .user(.example(9))),
                .example("id", of: .user(.example(1)), in: two), .example("id", of: .service(code)),
                .example("id", of: .service(.example("ECS"))),
                .example("id", of: .session(.example(1), session: "session")),
            ] {
                await store.refuses(.conflict, .insertAccessKey(key, limit: nil))
            }
            #expect(try await store.accessKey("id") == nil)
            try await store.access(.insertAccessKey(.example("id", of: .service(code), in: two), limit: nil))
        },
        .init("a holder has no more access keys than the limit, whatever others have") { store in
            try await store.makeGrantees()
            let holders: [(Identity, AccountID)] = [(.root, one), (.user(.example(1)), one), (.root, two)]
            for (number, (holder, account)) in holders.enumerated() {
                func key(_ id: String) -> AccessKey { .example("\(id)\(number)", of: holder, in: account) }
                await store.refuses(.limitReached, .insertAccessKey(key("a"), limit: 0))
                for id in ["a", "b"] { try await store.access(.insertAccessKey(key(id), limit: 2)) }
                await store.refuses(.limitReached, .insertAccessKey(key("c"), limit: 2))
                await store.refuses(.limitReached, .insertAccessKey(key("c"), limit: 1))
                // An inactive one counts.
                try await store.access(.setAccessKeyActive("a\(number)", of: holder, in: account, false))
                await store.refuses(.limitReached, .insertAccessKey(key("c"), limit: 2))
                try await store.access(.insertAccessKey(key("c"), limit: nil))
                for id in ["a", "b"] {
                    try await store.access(.deleteAccessKey("\(id)\(number)", of: holder, in: account))
                }
                try await store.access(.insertAccessKey(key("d"), limit: 2))
            }
        },
        .init("an access key is switched off and on, and nothing else of it changes") { store in
            try await store.makeGrantees()
            for (id, holder) in [("a", Identity.root), ("b", .user(.example(1)))] {
                let key = AccessKey.example(id, of: holder, secret: [9, 0, 9])
                try await store.access(.insertAccessKey(key, limit: nil))
                let other = AccessKey.example(id, of: holder, isActive: false, secret: [9, 0, 9])
                for expected in [key, other, other, key] {
                    try await store.access(.setAccessKeyActive(id, of: holder, in: one, expected.isActive))
                    #expect(try await store.accessKey(id) == expected)
                    #expect(try await store.accessKeys(of: holder, in: one) == [expected])
                }
            }
        },
        .init("nobody switches or deletes an access key that is not the holder's") { store in
            try await store.makeGrantees()
            let user = Identity.user(.example(1))
            try await store.access(
                .insertAccessKey(.example("Key", of: user), limit: nil),
                .insertAccessKey(.example("root"), limit: nil)
            )
            let wrong: [(String, Identity, AccountID)] = [
                ("Key", .root, one), ("Key", .user(.example(2)), one), ("Key", user, two), ("key", user, one),
                ("Key\u{0}", user, one), ("\u{212A}ey", user, one), ("Ke", user, one), ("", user, one),
                ("root", user, one), ("root", .root, two),
            ]
            for (id, holder, account) in wrong {
                await store.refuses(.conflict, .setAccessKeyActive(id, of: holder, in: account, false))
                await store.refuses(.conflict, .deleteAccessKey(id, of: holder, in: account))
            }
            #expect(try await store.accessKey("Key") == .example("Key", of: user))
            #expect(try await store.accessKey("root") == .example("root"))
        },
        .init("a deleted access key is gone, and its id is free") { store in
            try await store.makeGrantees()
            let user = Identity.user(.example(1))
            try await store.access(.insertAccessKey(.example("id", of: user), limit: nil))
            #expect(try await store.accessKey("id") != nil)
            try await store.access(.deleteAccessKey("id", of: user, in: one))
            #expect(try await store.accessKey("id") == nil)
            #expect(try await store.accessKeys(of: user, in: one).isEmpty)
            await store.refuses(.conflict, .deleteAccessKey("id", of: user, in: one))
            await store.refuses(.conflict, .setAccessKeyActive("id", of: user, in: one, true))
            try await store.access(.insertAccessKey(.example("id", secret: [7]), limit: nil))
            #expect(try await store.accessKey("id") == .example("id", secret: [7]))
        },
        .init("a change of several steps is made whole or not at all") { store in
            try await store.makeGrantees()
            try await store.access(.insertAccessKey(.example("id"), limit: nil))
            await #expect(throws: StoreError.conflict) {
                try await store.access(
                    .insertUser(.example(5, "new"), limit: many),
                    .attach(.example(.system("A"), to: .user(.example(1))), limit: many),
                    .deleteAccessKey("id", of: .root, in: one),
                    .deleteRole(.example(9, "none"))
                )
            }
            #expect(try await store.user(.example(5), in: one) == nil)
            #expect(try await store.attachments(of: .user(.example(1)), in: one).isEmpty)
            #expect(try await store.accessKey("id") == .example("id"))
        },
    ]

    static let services: [ContractClause<WorkingStore>] = [
        .init("services come back as given, by code, each of its account") { store in
            try await store.makeAccounts()
            let services = ["RDS", "ECS", "OSS-2", "OSS"].enumerated().map { number, code in
                RegisteredService(code: .example(code), account: number < 2 ? one : two, createdAt: noon)
            }
            #expect(try await store.service(services[0].code) == nil)
            #expect(try await store.services().isEmpty)
            for service in services { try await store.access(.insertService(service)) }
            for service in services { #expect(try await store.service(service.code) == service) }
            #expect(try await store.services().map(\.code.description) == ["ECS", "OSS", "OSS-2", "RDS"])
            #expect(try await store.services().first == services[1])
        },
        .init("a service is registered once, for an account") { store in
            let code = ServiceCode.example("OSS")
            await store.refuses(.conflict, .insertService(RegisteredService(code: code, account: one, createdAt: noon)))
            try await store.makeAccounts()
            let service = RegisteredService(code: code, account: one, createdAt: noon)
            try await store.access(.insertService(service))
            for account in [one, two, Namespace.example("3").account] {
                let again = RegisteredService(code: code, account: account, createdAt: noon.adding(seconds: 1))
                await store.refuses(.alreadyExists, .insertService(again))
            }
            #expect(try await store.services() == [service])
        },
        .init("a deleted service is gone with its access keys and no others") { store in
            try await store.makeGrantees()
            let (oss, ecs) = (ServiceCode.example("OSS"), ServiceCode.example("ECS"))
            await store.refuses(.conflict, .deleteService(oss))
            for code in [oss, ecs] {
                try await store.access(
                    .insertService(RegisteredService(code: code, account: one, createdAt: noon)),
                    .insertAccessKey(.example("\(code)1", of: .service(code)), limit: nil),
                    .insertAccessKey(.example("\(code)2", of: .service(code)), limit: nil)
                )
            }
            try await store.access(.insertAccessKey(.example("root"), limit: nil))
            for id in ["OSS1", "OSS2", "ECS1", "root"] { #expect(try await store.accessKey(id) != nil) }
            #expect(try await store.service(oss) != nil)
            try await store.access(.deleteService(oss))
            #expect(try await store.service(oss) == nil)
            #expect(try await store.services().map(\.code) == [ecs])
            for id in ["OSS1", "OSS2"] { #expect(try await store.accessKey(id) == nil) }
            #expect(try await store.accessKeys(of: one).map(\.id) == ["ECS1", "ECS2", "root"])
            await store.refuses(.conflict, .deleteService(oss))
            await store.refuses(.conflict, .insertAccessKey(.example("OSS1", of: .service(oss)), limit: nil))
            try await store.access(.insertService(RegisteredService(code: oss, account: two, createdAt: noon)))
            #expect(try await store.accessKeys(of: .service(oss), in: two).isEmpty)
        },
    ]
}
