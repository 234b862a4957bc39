/// Values by name, bounded: what came since the generation began, and what was there before. An entry that is not asked
/// for while a whole generation comes is let go.
struct Generations<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    private let half: Int
    private var young: [Name: Value] = [:]
    private var old: [Name: Value] = [:]

    init(capacity: Int) { half = max(1, capacity / 2) }

    mutating func lookUp(_ name: Name) -> Value? {
        if let value = young[name] { return value }
        guard let value = old[name] else { return nil }
        insert(value, for: name)
        return value
    }

    mutating func insert(_ value: Value, for name: Name) {
        if young.count >= half {
            old = young
            young = [:]
        }
        young[name] = value
    }

    mutating func remove(_ name: Name) {
        young.removeValue(forKey: name)
        old.removeValue(forKey: name)
    }

    /// The names of values that the predicate means; costs a walk over all of them.
    func names(where isMeant: (Value) -> Bool) -> [Name] {
        young.filter { isMeant($0.value) }.map(\.key) + old.filter { isMeant($0.value) }.map(\.key)
    }
}
