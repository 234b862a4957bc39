import KMSCore
import KMSTestKit
import Testing

@testable import KMSCore

@Suite("The meter of key versions")
struct UsageMeterTests {
    private let store = InMemoryStore()
    private let key = Key.example(UUIDBytes(high: 1, low: 1))

    private func version(_ number: UInt64) async throws -> KeyVersionID {
        let version = key.exampleVersion(UUIDBytes(high: 2, low: number))
        let isNew = try await store.key(key.id, in: key.namespace) == nil
        try await store.apply(Change((isNew ? [.insertKey(key)] : []) + [.insertVersion(version)]))
        return version.id
    }

    private func take(_ count: Int, of version: KeyVersionID, by meter: UsageMeter) async throws -> Int {
        var taken = 0
        for _ in 0..<count where try await meter.take(of: version, reservingIn: store) { taken += 1 }
        return taken
    }

    @Test("a version has as many uses as the limit says, and not one more")
    func limit() async throws {
        let meter = UsageMeter(limit: 25, block: 10)
        let (first, second) = (try await version(1), try await version(2))
        #expect(try await take(30, of: first, by: meter) == 25)
        #expect(try await store.reservedUses(of: first) == 25)
        #expect(try await take(1, of: second, by: meter) == 1)
        #expect(try await store.reservedUses(of: second) == 10)
    }

    @Test("uses are reserved before the first of them, and within a block the store is not asked")
    func blocks() async throws {
        let meter = UsageMeter(limit: 100, block: 10)
        let version = try await version(1)
        _ = try await take(1, of: version, by: meter)
        #expect(try await store.reservedUses(of: version) == 10)
        let reads = store.readCount
        #expect(try await take(9, of: version, by: meter) == 9)
        #expect(store.readCount == reads)
        _ = try await take(1, of: version, by: meter)
        #expect(try await store.reservedUses(of: version) == 20)
    }

    @Test("a restart wastes the rest of a block and repeats no use")
    func restart() async throws {
        let version = try await version(1)
        var taken = 0
        for _ in 0..<4 { taken += try await take(3, of: version, by: UsageMeter(limit: 25, block: 10)) }
        #expect(taken == 9)
        #expect(try await store.reservedUses(of: version) == 25)
    }

    @Test("many requests on two nodes share the uses and never exceed them")
    func concurrency() async throws {
        let version = try await version(1)
        let meters = [UsageMeter(limit: 1_000, block: 7), UsageMeter(limit: 1_000, block: 7)]
        let store = store
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<16 {
                group.addTask {
                    var taken = 0
                    for _ in 0..<100
                    where try await meters[worker % 2].take(of: version, reservingIn: store) { taken += 1 }
                    return taken
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(taken <= 1_000)
        #expect(taken >= 1_000 - 2 * 7)
        #expect(try await store.reservedUses(of: version) == 1_000)
    }

    @Test("a use that cannot be reserved is not given")
    func storeFails() async throws {
        let meter = UsageMeter(limit: 10, block: 5)
        let version = try await version(1)
        store.fail(with: .unavailable("test"))
        await #expect(throws: StoreError.self) { try await meter.take(of: version, reservingIn: store) }
        store.fail(with: nil)
        #expect(try await take(20, of: version, by: meter) == 10)
    }
}
