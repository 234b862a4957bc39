import KMSCore
import KMSTestKit
import Testing

@Suite("Values that were used of late")
struct RecentlyUsedTests {
    private func weight<Name>(_ cache: RecentlyUsed<Name, Int>) -> Int {
        var copy = cache
        return copy.names { _ in true }.reduce(0) { $0 + (copy.value(of: $1) ?? 0) }
    }

    @Test("they never weigh more than the capacity together, whatever comes, goes and is used", arguments: [2, 9, 100])
    func bound(capacity: Int) {
        var cache = RecentlyUsed<Int, Int>(capacity: capacity) { $0 }
        var random = SeededGenerator(seed: UInt64(capacity))
        var heaviest = 0
        for _ in 0..<20_000 {
            let name = Int.random(in: 0..<40, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: cache.remove(name)
            case 1...3: _ = cache.value(of: name)
            default: cache.insert(Int.random(in: 0...capacity, using: &random), for: name)
            }
            let held = weight(cache)
            heaviest = max(heaviest, held)
            if held > capacity { Issue.record("\(held) of \(capacity)") }
        }
        // The capacity is made use of, or the test shows nothing.
        #expect(heaviest > capacity / 2)
    }

    @Test("where each weighs one there are no more than the capacity")
    func count() {
        var cache = RecentlyUsed<Int, String>(capacity: 10)
        for number in 0..<1_000 {
            cache.insert("value", for: number)
            #expect(cache.names { _ in true }.count <= 10)
            #expect(cache.value(of: number) == "value")
        }
    }

    @Test("what is used stays, what is not used goes")
    func use() {
        var cache = RecentlyUsed<Int, Int>(capacity: 100) { $0 }
        cache.insert(5, for: -1)
        cache.insert(5, for: -2)
        for number in 0..<1_000 {
            cache.insert(10, for: number)
            #expect(cache.value(of: -1) == 5)
        }
        #expect(cache.value(of: -2) == nil)
    }

    @Test("a value that is heavier than a half is not held, nor what it was to replace")
    func heavy() {
        var cache = RecentlyUsed<String, Int>(capacity: 100) { $0 }
        cache.insert(1, for: "other")
        cache.insert(50, for: "a")
        #expect(cache.value(of: "a") == 50)
        cache.insert(51, for: "a")
        #expect(cache.value(of: "a") == nil)
        cache.insert(1_000, for: "b")
        #expect(cache.value(of: "b") == nil)
        #expect(cache.value(of: "other") == 1)
    }

    @Test("one name, however often it is given another value, drives nothing out")
    func replacing() {
        var cache = RecentlyUsed<String, Int>(capacity: 100) { $0 }
        cache.insert(20, for: "other")
        for round in 0..<1_000 {
            cache.insert(10 + round % 20, for: "a")
            #expect(cache.names { _ in true }.count == 2)
        }
        #expect(cache.value(of: "other") == 20)
    }
}
