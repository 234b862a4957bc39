/// Values by name that were used of late, bounded by what they weigh together.
///
/// Two generations of half the capacity each: what is used moves to the young one; when that has no room it becomes the
/// old one, and what the old one still held is let go. Inlined everywhere, so that every cache is specialised for its own
/// names and values.
package struct RecentlyUsed<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline package let generationWeight: Int
    @usableFromInline package let weigh: (@Sendable (Value) -> Int)?
    @usableFromInline package var young: [Name: Value] = [:]
    @usableFromInline package var old: [Name: Value] = [:]
    @usableFromInline package var youngWeight = 0

    /// - Parameters:
    ///   - capacity: what all values weigh together at most; at least 2. A value that is heavier than half of it is not
    ///     held at all.
    ///   - weigh: what a value weighs, always the same and never negative; nil where each weighs one.
    @inlinable package init(capacity: Int, weigh: (@Sendable (Value) -> Int)? = nil) {
        generationWeight = max(1, capacity / 2)
        self.weigh = weigh
    }

    @inlinable package mutating func value(of name: Name) -> Value? {
        if let value = young[name] { return value }
        guard let value = old[name] else { return nil }
        insert(value, for: name)
        return value
    }

    @inlinable package mutating func insert(_ value: Value, for name: Name) {
        remove(name)
        let weight = weigh?(value) ?? 1
        guard weight <= generationWeight else { return }
        if youngWeight > generationWeight - weight {
            old = young
            young = [:]
            youngWeight = 0
        }
        young[name] = value
        youngWeight += weight
    }

    @inlinable package mutating func remove(_ name: Name) {
        if let value = young.removeValue(forKey: name) { youngWeight -= weigh?(value) ?? 1 }
        old.removeValue(forKey: name)
    }

    /// The names of values that the predicate means; costs a walk over all of them.
    @inlinable package func names(where isMeant: (Value) -> Bool) -> [Name] {
        young.filter { isMeant($0.value) }.map(\.key) + old.filter { isMeant($0.value) }.map(\.key)
    }
}
