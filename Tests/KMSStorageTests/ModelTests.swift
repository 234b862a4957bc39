import KMSCore
import KMSTestKit
import Testing

@testable import KMSStorage

@Suite("SQLite against its twin")
struct ModelTests {
    /// Both stores are asked the same random things and must answer alike, errors included.
    @Test("whatever is done in whatever order, both stores agree", arguments: [UInt64(1), 2, 3, 4])
    func agreement(seed: UInt64) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let (twin, sqlite) = (InMemoryStore(), try await SQLiteStore.open(folder: folder.path))
        let cached = CachedStore(sqlite)
        var walk = RandomWalk(seed: seed)
        for turn in 0..<600 {
            let change = try await walk.change(reading: twin)
            let (expected, actual) = (await outcome(change, twin), await outcome(change, cached))
            #expect(actual == expected, "turn \(turn): \(change.steps)")
            if turn % 20 == 0 { try await compare(twin, cached, &walk) }
        }
        try await compare(twin, cached, &walk)
    }

    private func outcome(_ change: Change, _ store: WorkingStore) async -> StoreError? {
        do throws(StoreError) { try await store.apply(change) } catch { return error }
        return nil
    }

    private func compare(_ twin: InMemoryStore, _ store: CachedStore<SQLiteStore>, _ walk: inout RandomWalk)
        async throws
    {
        for number in UInt64(1_000)...1_200 {
            let id = KeyVersionID(.example(number))
            #expect(try await store.version(id) == twin.version(id))
        }
        for number in UInt64(2_000)...2_020 {
            let id = ImportTokenID(.example(number))
            #expect(try await store.importPair(id) == twin.importPair(id))
        }
        for namespace in RandomWalk.namespaces {
            for id in walk.ids {
                #expect(try await store.key(KeyID(id), in: namespace) == twin.key(KeyID(id), in: namespace))
                #expect(try await store.tags(of: KeyID(id), in: namespace) == twin.tags(of: KeyID(id), in: namespace))
            }
            for name in RandomWalk.names {
                #expect(try await store.alias(name, in: namespace) == twin.alias(name, in: namespace))
            }
            for second in [Int64(0), 50, 100] {
                let now = RandomWalk.start.adding(seconds: second)
                for subject in [.keys, .aliases, .versions] + walk.ids.map({ Quota.Subject.versionsOfKey(KeyID($0)) }) {
                    let (left, right) = (
                        try await store.count(of: subject, in: namespace, at: now),
                        try await twin.count(of: subject, in: namespace, at: now)
                    )
                    #expect(left == right, "\(subject)")
                }
                for state in [nil] + KeyState.allCases.map({ Optional($0) }) {
                    var filter = KeyFilter()
                    filter.states = state.map { [$0] }
                    let page = Page(number: Int.random(in: 1...3, using: &walk.generator), size: 4)
                    let (left, right) = (
                        try await store.keys(in: namespace, matching: filter, at: now, page: page),
                        try await twin.keys(in: namespace, matching: filter, at: now, page: page)
                    )
                    #expect(left.rows == right.rows && left.totalCount == right.totalCount)
                }
                let page = Page(number: 1, size: 3)
                let (left, right) = (
                    try await store.aliases(in: namespace, of: nil, at: now, page: page),
                    try await twin.aliases(in: namespace, of: nil, at: now, page: page)
                )
                #expect(left.rows == right.rows && left.totalCount == right.totalCount)
                #expect(try await store.keysToRetire(at: now, limit: 5) == twin.keysToRetire(at: now, limit: 5))
                #expect(try await store.keysToDestroy(at: now, limit: 5) == twin.keysToDestroy(at: now, limit: 5))
                #expect(try await store.keysToStrip(at: now, limit: 5) == twin.keysToStrip(at: now, limit: 5))
            }
        }
    }
}

/// Makes changes of one to three steps around few names, so that they meet each other often.
private struct RandomWalk {
    static let namespaces: [Namespace] = [.example(), .example("2")]
    static let names: [AliasName] = ["a", "b", "A", "c"].map { .example($0) }
    static let start = Timestamp(seconds: 1_767_225_600)

    var generator: SeededGenerator
    var ids: [UUIDBytes] = []
    private var count: UInt64 = 0

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func change(reading store: InMemoryStore) async throws -> Change {
        var steps: [Change.Step] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) { steps.append(try await step(reading: store)) }
        return Change(steps)
    }

    private mutating func step(reading store: InMemoryStore) async throws -> Change.Step {
        let namespace = pick(Self.namespaces)
        let id = KeyID(ids.isEmpty ? .zero : pick(ids))
        let key = try await store.key(id, in: namespace) ?? .example(id.uuid, in: namespace)
        let (name, other) = (pick(Self.names), KeyID(ids.isEmpty ? .zero : pick(ids)))
        switch Int.random(in: 0..<15, using: &generator) {
        case 0, 1:
            count += 1
            ids.append(.example(count))
            return .insertKey(.example(.example(count), in: namespace))
        case 2: return .insertVersion(key.exampleVersion(.example(UInt64.random(in: 1_000...1_200, using: &generator))))
        case 3, 4:
            let (second, fact) = (Int64.random(in: 0...99, using: &generator), Int.random(in: 0..<5, using: &generator))
            return .updateKey(
                from: key,
                to: key.changed {
                    switch fact {
                    case 0: $0.isDisabled.toggle()
                    case 1: $0.deleteAt = Self.start.adding(seconds: second)
                    case 2: $0.deleteAt = nil
                    case 3: $0.materialExpiresAt = Self.start.adding(seconds: second)
                    default: $0.hasMaterial.toggle()
                    }
                }
            )
        case 5: return .retireKey(key)
        case 6: return .destroyKey(id)
        case 7: return .insertAlias(Alias(name: name, namespace: namespace, key: id))
        case 8: return .moveAlias(name, in: namespace, from: id, to: other)
        case 9: return .deleteAlias(name, in: namespace, pointingTo: id)
        case 10:
            let version = KeyVersionID(.example(UInt64.random(in: 1_000...1_200, using: &generator)))
            return .setMaterial(version, of: id, in: namespace, pick([nil, [7]]))
        case 11: return importStep(key)
        case 12: return .destroyMaterial(of: id)
        case 13:
            let subject = pick([Quota.Subject.keys, .aliases, .versions, .versionsOfKey(id)])
            let moment = Self.start.adding(seconds: Int64.random(in: 0...99, using: &generator))
            let limit = Int.random(in: 0...20, using: &generator)
            return .keepWithin(Quota(subject, in: namespace, at: moment, limit: limit))
        default:
            let tags = (0..<3).map { _ in Tag(key: "t\(UInt8.random(in: 0...4, using: &generator))", value: "v") }
            return .setTags(id, in: namespace, tags, limit: 4)
        }
    }

    private mutating func importStep(_ key: Key) -> Change.Step {
        let pair = ImportTokenID(.example(UInt64.random(in: 2_000...2_020, using: &generator)))
        return switch Int.random(in: 0..<5, using: &generator) {
        case 0: .deleteImportPair(pair)
        case 1: .returnImportTry(pair)
        case 2: .takeImportTry(pair)
        default:
            .insertImportPair(
                key.exampleImportPair(
                    pair.uuid,
                    expiresAt: Self.start.adding(seconds: Int64.random(in: 0...99, using: &generator))
                )
            )
        }
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    private typealias Tag = KMSCore.Tag
}
