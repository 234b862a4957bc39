import KMSCore
import KMSTestKit
import Testing

@testable import KMSStorage

@Suite("SQLite against its twin: users, policies and roles")
struct AccessModelTests {
    @Test("whatever is done in whatever order, both stores agree", arguments: [UInt64(1), 2, 3, 4])
    func agreement(seed: UInt64) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let (twin, sqlite) = (InMemoryStore(), try await SQLiteStore.open(folder: folder.path))
        let cached = CachedStore(sqlite)
        for store in [twin, cached] as [WorkingStore] {
            for id in AccessWalk.accounts.dropLast() {
                try await store.apply(Change([.insertAccount(Account(id: id, createdAt: AccessWalk.start))]))
            }
        }
        var walk = AccessWalk(seed: seed)
        var made = 0
        for turn in 0..<1_200 {
            let change = try await walk.change(reading: twin)
            let (expected, actual) = (await outcome(change, twin), await outcome(change, cached))
            #expect(actual == expected, "turn \(turn): \(change.steps)")
            if expected == nil { made += 1 }
            // What the cache holds is compared every time, the rest now and then.
            try await compareGrants(twin, cached)
            if turn % 20 == 0 { try await compareRows(twin, cached) }
        }
        try await compareRows(twin, cached)
        #expect(made > 100)
    }

    private func outcome(_ change: Change, _ store: WorkingStore) async -> StoreError? {
        do throws(StoreError) { try await store.apply(change) } catch { return error }
        return nil
    }

    private func compareGrants(_ twin: InMemoryStore, _ store: CachedStore<SQLiteStore>) async throws {
        for account in AccessWalk.accounts {
            for grantee in AccessWalk.grantees {
                #expect(try await store.grants(of: grantee, in: account) == twin.grants(of: grantee, in: account))
                guard case .role(let id) = grantee else { continue }
                #expect(try await store.role(id, in: account) == twin.role(id, in: account))
            }
        }
        for id in AccessWalk.keyIDs { #expect(try await store.accessKey(id) == twin.accessKey(id)) }
        for code in AccessWalk.codes { #expect(try await store.service(code) == twin.service(code)) }
    }

    private func compareRows(_ twin: InMemoryStore, _ store: CachedStore<SQLiteStore>) async throws {
        #expect(try await store.services() == twin.services())
        for account in AccessWalk.accounts {
            for (after, limit) in [(nil, 9), ("A", 1), ("a", 2)] as [(String?, Int)] {
                let (user, policy) = (after.map { UserName.example($0) }, after.map { PolicyName.example($0) })
                let role = after.map { RoleName.example($0) }
                let users = try await store.users(in: account, after: user, limit: limit)
                #expect(try await users == twin.users(in: account, after: user, limit: limit))
                let policies = try await store.policies(in: account, after: policy, limit: limit)
                #expect(try await policies == twin.policies(in: account, after: policy, limit: limit))
                let roles = try await store.roles(in: account, after: role, limit: limit)
                #expect(try await roles == twin.roles(in: account, after: role, limit: limit))
            }
            #expect(try await store.accessKeys(of: account) == twin.accessKeys(of: account))
            for holder in AccessWalk.holders {
                let keys = try await store.accessKeys(of: holder, in: account)
                #expect(try await keys == twin.accessKeys(of: holder, in: account))
            }
            for grantee in AccessWalk.grantees {
                let attached = try await store.attachments(of: grantee, in: account)
                #expect(try await attached == twin.attachments(of: grantee, in: account))
            }
            for policy in AccessWalk.policies {
                let count = try await store.attachmentCount(of: policy, in: account)
                #expect(try await count == twin.attachmentCount(of: policy, in: account))
            }
        }
        for number in 1...6 {
            let id = Policy.example(number, "p").id
            #expect(try await store.policyVersions(of: id) == twin.policyVersions(of: id))
        }
    }
}

/// Makes changes of few steps around few names, so that they meet each other often.
private struct AccessWalk {
    /// The last of them does not exist.
    static let accounts = ["1", "2", "3"].map { Namespace.example($0).account }
    static let names = ["a", "b", "A"]
    static let codes = ["OSS", "ECS"].map { ServiceCode.example($0) }
    static let keyIDs = (1...6).map { "key\($0)" }
    static let grantees: [Grantee] = (1...4).map { .user(.example($0)) } + (1...3).map { .role(.example($0)) }
    static let holders: [Identity] =
        [.root] + (1...4).map { .user(.example($0)) } + codes.map { .service($0) }
    static let policies = names.flatMap { [PolicyReference.custom($0), .system($0)] }
    static let start = Timestamp(seconds: 1_767_225_600)

    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func change(reading store: InMemoryStore) async throws -> Change {
        var steps: [AccessStep] = []
        for _ in 0..<(Int.random(in: 0..<4, using: &generator) == 0 ? 3 : 1) {
            steps += try await self.steps(reading: store)
        }
        return Change(steps.map { .access($0) })
    }

    private mutating func steps(reading store: InMemoryStore) async throws -> [AccessStep] {
        let account = pick(Self.accounts + Self.accounts.dropLast() + Self.accounts.dropLast())
        return switch Int.random(in: 0..<6, using: &generator) {
        case 0: [try await userStep(account, store)]
        case 1: [accessKeyStep(account)]
        case 2: try await policySteps(account, store)
        case 3, 4: [attachmentStep(account)]
        default: [try await roleOrServiceStep(account, store)]
        }
    }

    private mutating func userStep(_ account: AccountID, _ store: InMemoryStore) async throws -> AccessStep {
        let (number, name) = (Int.random(in: 1...4, using: &generator), pick(Self.names))
        let made = User.example(number, name, in: account)
        let user = try await store.user(made.id, in: account) ?? made
        return switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1: .insertUser(made, limit: 2)
        case 2: .updateUser(from: user, to: user.changed(at: Self.start) { $0.name = made.name })
        // As it was first made, whatever it is by now.
        case 3: .updateUser(from: made, to: made.changed(at: Self.start) { $0.comments = "stale" })
        default: .deleteUser(user)
        }
    }

    private mutating func accessKeyStep(_ account: AccountID) -> AccessStep {
        let (id, holder) = (pick(Self.keyIDs), pick(Self.holders))
        return switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1, 2: .insertAccessKey(.example(id, of: holder, in: account), limit: pick([nil, 2]))
        case 3: .setAccessKeyActive(id, of: holder, in: account, pick([true, false]))
        default: .deleteAccessKey(id, of: holder, in: account)
        }
    }

    private mutating func policySteps(_ account: AccountID, _ store: InMemoryStore) async throws -> [AccessStep] {
        let number = Int.random(in: 1...6, using: &generator)
        // A policy keeps its name, so that one of this id has no other.
        let made = Policy.example(number, Self.names[number % Self.names.count], in: account)
        let policy = try await store.policy(named: made.name, in: account) ?? made
        let version = policy.exampleVersion(Int.random(in: 1...4, using: &generator), document: "\(number)")
        let moved = policy.changed(at: Self.start) {
            $0.defaultVersion = version.number
            $0.newestVersion = max($0.newestVersion, version.number)
        }
        return switch Int.random(in: 0..<7, using: &generator) {
        case 0, 1: [.insertPolicy(made, made.exampleVersion(document: "\(number)"), limit: 2)]
        case 2: [.updatePolicy(from: policy, to: moved)]
        case 3: [.updatePolicy(from: policy, to: moved), .insertPolicyVersion(version)]
        case 4: [.insertPolicyVersion(version)]
        case 5: [.deletePolicyVersion(of: policy.id, number: version.number)]
        default: [.deletePolicy(policy)]
        }
    }

    private mutating func attachmentStep(_ account: AccountID) -> AccessStep {
        let (grantee, policy) = (pick(Self.grantees), pick(Self.policies))
        return Bool.random(using: &generator)
            ? .attach(.example(policy, to: grantee, in: account), limit: 2)
            : .detach(policy, from: grantee, in: account)
    }

    private mutating func roleOrServiceStep(_ account: AccountID, _ store: InMemoryStore) async throws -> AccessStep {
        let made = Role.example(Int.random(in: 1...3, using: &generator), pick(Self.names), in: account)
        let (role, code) = (try await store.role(made.id, in: account) ?? made, pick(Self.codes))
        return switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1: .insertRole(made, limit: 2)
        case 2: .updateRole(from: role, to: role.changed(at: Self.start) { $0.trustPolicy += "+" })
        case 3: .deleteRole(role)
        case 4: .insertService(RegisteredService(code: code, account: account, createdAt: Self.start))
        default: .deleteService(code)
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }
}
