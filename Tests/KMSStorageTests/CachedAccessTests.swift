import KMSCore
import KMSTestKit
import Synchronization
import Testing

@testable import KMSStorage

@Suite("the cache of users, policies and roles")
struct CachedAccessTests {
    private let base = InMemoryStore()
    private let key = Key.example(.example(1))
    private let account = Namespace.example().account
    private let code = ServiceCode.example("OSS")
    private let user = User.example(1, "u")
    private let role = Role.example(1, "r")
    private let policy = Policy.example(1, "p")

    /// A cache before a store that has one of each.
    private func filled() async throws -> CachedStore<InMemoryStore> {
        let store = CachedStore(base)
        let steps: [AccessStep] = [
            .insertUser(user, limit: 9), .insertRole(role, limit: 9),
            .insertPolicy(policy, policy.exampleVersion(document: "one"), limit: 9),
            .attach(.example(policy.reference, to: .user(user.id)), limit: 9),
            .attach(.example(policy.reference, to: .role(role.id)), limit: 9),
            .insertService(RegisteredService(code: code, account: account, createdAt: key.createdAt)),
            .insertAccessKey(.example("users", of: .user(user.id)), limit: 9),
            .insertAccessKey(.example("services", of: .service(code)), limit: 9),
        ]
        try await store.apply(
            Change(
                [
                    .insertAccount(Account(id: account, createdAt: key.createdAt)), .insertKey(key),
                    .setTags(key.id, in: key.namespace, [Tag(key: "k", value: "v")], limit: 9),
                ] + steps.map { .access($0) }
            )
        )
        return store
    }

    /// Everything that is cached of it, and of what is not there.
    private struct Seen: Equatable {
        var grants: [Grants?] = []
        var roles: [Role?] = []
        var services: [RegisteredService?] = []
        var accessKeys: [AccessKey?] = []
        var tags: [[Tag]] = []
    }

    private func read(_ store: WorkingStore) async throws -> Seen {
        var seen = Seen()
        for number in 1...2 {
            seen.grants.append(try await store.grants(of: .user(.example(number)), in: account))
            seen.grants.append(try await store.grants(of: .role(.example(number)), in: account))
            seen.roles.append(try await store.role(.example(number), in: account))
            seen.tags.append(try await store.tags(of: KeyID(.example(UInt64(number))), in: key.namespace))
        }
        for code in [code, .example("ECS")] { seen.services.append(try await store.service(code)) }
        for id in ["users", "services", "none"] { seen.accessKeys.append(try await store.accessKey(id)) }
        return seen
    }

    @Test("warm reads, of absent rows too, ask the store beneath nothing and do not suspend")
    func warmReads() async throws {
        let store = try await filled()
        let first = try await read(store)
        #expect(try await first == read(base))
        let cold = base.readCount
        // A task started at once runs here until it suspends for the first time.
        let isDone = Mutex(false)
        let task = Task.immediate {
            let again = try await read(store)
            #expect(again == first)
            isDone.withLock { $0 = true }
        }
        #expect(isDone.withLock { $0 })
        try await task.value
        #expect(base.readCount == cold)
    }

    /// Changes of everything that is cached, each made of the rows as ``filled()`` leaves them.
    private var changes: [[Change.Step]] {
        let moved = policy.changed(at: key.createdAt) { ($0.defaultVersion, $0.newestVersion) = (2, 2) }
        let renamed = user.changed(at: key.createdAt) { $0.name = .example("other") }
        let (grantee, worker) = (Grantee.user(user.id), Grantee.role(role.id))
        let second = policy.exampleVersion(2, document: "two")
        let ending = key.changed { $0.deleteAt = $0.createdAt }
        let access: [[AccessStep]] = [
            [.updateUser(from: user, to: renamed)], [.insertUser(.example(2, "second"), limit: 9)],
            [
                .detach(policy.reference, from: grantee, in: account),
                .deleteAccessKey("users", of: .user(user.id), in: account), .deleteUser(user),
            ],
            [.updatePolicy(from: policy, to: moved), .insertPolicyVersion(second)],
            [.attach(.example(.system("s"), to: grantee), limit: 9)],
            [.attach(.example(.system("s"), to: worker), limit: 9)],
            [.detach(policy.reference, from: grantee, in: account)],
            [.detach(policy.reference, from: worker, in: account), .deleteRole(role)],
            [.updateRole(from: role, to: role.changed(at: key.createdAt) { $0.trustPolicy = "t" })],
            [.insertRole(.example(2, "second"), limit: 9)],
            [.insertService(RegisteredService(code: .example("ECS"), account: account, createdAt: key.createdAt))],
            [.deleteService(code)], [.insertAccessKey(.example("none"), limit: 9)],
            [.setAccessKeyActive("users", of: .user(user.id), in: account, false)],
            [.deleteAccessKey("services", of: .service(code), in: account)],
        ]
        return access.map { $0.map { .access($0) } } + [
            [.setTags(key.id, in: key.namespace, [Tag(key: "k", value: "w")], limit: 9)],
            [.removeTags(key.id, in: key.namespace, nil)], [.updateKey(from: key, to: ending), .retireKey(ending)],
        ]
    }

    @Test("a change is seen as soon as it is acknowledged, whatever it touched")
    func invalidation() async throws {
        for index in changes.indices {
            let bench = CachedAccessTests()
            let store = try await bench.filled()
            let before = try await bench.read(store)
            try await store.apply(Change(changes[index]))
            let after = try await bench.read(store)
            #expect(after != before, "\(changes[index])")
            #expect(try await after == bench.read(bench.base), "\(changes[index])")
        }
    }

    @Test("a read that began before a change does not fill the cache after it")
    func lateFills() async throws {
        for index in changes.indices {
            // Each read is the one that the change overtakes.
            var overtaken = 0
            while true {
                let bench = CachedAccessTests()
                let store = try await bench.filled()
                let cold = bench.base.readCount
                let change = Change(changes[index])
                let outcome = Mutex<StoreError?>(.unavailable("not overtaken"))
                bench.base.after(reads: overtaken) {
                    let error: StoreError?
                    do throws(StoreError) {
                        try await store.apply(change)
                        error = nil
                    } catch let thrown { error = thrown }
                    outcome.withLock { $0 = error }
                }
                _ = try await bench.read(store)
                if overtaken == bench.base.readCount - cold { break }
                #expect(outcome.withLock { $0 } == nil)
                #expect(try await bench.read(store) == bench.read(bench.base), "\(changes[index]) after \(overtaken)")
                overtaken += 1
            }
            #expect(overtaken > 10)
        }
    }

    @Test("a failed change makes the cache read again, since what was relied on may be old")
    func failedChange() async throws {
        for index in changes.indices {
            let bench = CachedAccessTests()
            let store = try await bench.filled()
            _ = try await bench.read(store)
            // Behind the cache's back, as another node would.
            try await bench.base.apply(Change(changes[index]))
            let failing = Change(changes[index] + [.destroyKey(KeyID(.example(9)))])
            await #expect(throws: StoreError.self) { try await store.apply(failing) }
            #expect(try await bench.read(store) == bench.read(bench.base), "\(changes[index])")
        }
    }

    @Test("a policy's change is seen by everybody it is attached to, and costs other accounts nothing")
    func widePolicies() async throws {
        let store = try await filled()
        let other = Namespace.example("2").account
        let steps: [AccessStep] =
            (10..<40).flatMap { number -> [AccessStep] in
                [
                    .insertUser(.example(number, "u\(number)"), limit: 99),
                    .attach(.example(policy.reference, to: .user(.example(number))), limit: 9),
                ]
            } + [.insertUser(.example(50, "theirs", in: other), limit: 9)]
        try await store.apply(
            Change([.insertAccount(Account(id: other, createdAt: key.createdAt))] + steps.map { .access($0) })
        )
        func documents() async throws -> Set<String> {
            var all: Set<String> = []
            for number in 10..<40 {
                let grants = try await store.grants(of: .user(.example(number)), in: account)
                all.formUnion(grants?.custom.map(\.version.document) ?? ["none"])
            }
            return all
        }
        #expect(try await documents() == ["one"])
        #expect(try await store.grants(of: .user(.example(50)), in: other)?.name == "theirs")
        let moved = policy.changed(at: key.createdAt) { ($0.defaultVersion, $0.newestVersion) = (2, 2) }
        try await store.apply(
            Change([
                .access(.updatePolicy(from: policy, to: moved)),
                .access(.insertPolicyVersion(policy.exampleVersion(2, document: "two"))),
            ])
        )
        #expect(try await documents() == ["two"])
        let cold = base.readCount
        _ = try await documents()
        #expect(base.readCount == cold)
    }

    @Test("however often a policy is given another version, the grants of others are not driven out")
    func repeatedUpdates() async throws {
        // Room for the grants of a few.
        let store = CachedStore(base, grantBytes: 8_192)
        let (their, they) = (Namespace.example("2").account, UserID.example(50))
        let start = try await filled()
        try await start.apply(
            Change([
                .insertAccount(Account(id: their, createdAt: key.createdAt)),
                .access(.insertUser(.example(50, "theirs", in: their), limit: 9)),
            ])
        )
        #expect(try await store.grants(of: .user(they), in: their)?.name == "theirs")
        var current = policy
        for number in 2...200 {
            let next = current.changed(at: key.createdAt) { ($0.defaultVersion, $0.newestVersion) = (number, number) }
            try await store.apply(
                Change([
                    .access(.updatePolicy(from: current, to: next)),
                    .access(.insertPolicyVersion(policy.exampleVersion(number, document: "version \(number)"))),
                ])
            )
            current = next
            for grantee in [Grantee.user(user.id), .role(role.id)] {
                let grants = try await store.grants(of: grantee, in: account)
                #expect(grants?.custom.map(\.version.document) == ["version \(number)"])
            }
        }
        let cold = base.readCount
        #expect(try await store.grants(of: .user(they), in: their)?.name == "theirs")
        #expect(base.readCount == cold)
    }

    @Test("grants are bounded by the size of their documents")
    func weights() async throws {
        let store = CachedStore(base, grantBytes: 8_192)
        try await filled().apply(
            Change(
                (10..<20).flatMap { number -> [Change.Step] in
                    let large = Policy.example(number, "p\(number)")
                    let version = large.exampleVersion(document: String(repeating: "x", count: 3_000))
                    return [
                        .access(.insertUser(.example(number, "u\(number)"), limit: 99)),
                        .access(.insertPolicy(large, version, limit: 99)),
                        .access(.attach(.example(large.reference, to: .user(.example(number))), limit: 9)),
                    ]
                }
            )
        )
        for number in 10..<20 { _ = try await store.grants(of: .user(.example(number)), in: account) }
        let cold = base.readCount
        for number in (10..<20).reversed() { _ = try await store.grants(of: .user(.example(number)), in: account) }
        // Two that have 3,000 bytes each are remembered, and no third.
        #expect(base.readCount == cold + 8)
    }

    private typealias Tag = KMSCore.Tag
}
