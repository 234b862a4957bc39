/// Values by name that were used of late, bounded.
///
/// Two generations: what is used moves to the young one; when that is full it becomes the old one, and what the old one
/// still held is let go.
struct RecentlyUsed<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    private let generationSize: Int
    private var young: [Name: Value] = [:]
    private var old: [Name: Value] = [:]

    /// - Parameter capacity: the most values held; at least 2.
    init(capacity: Int) { generationSize = max(1, capacity / 2) }

    mutating func value(of name: Name) -> Value? {
        if let value = young[name] { return value }
        guard let value = old[name] else { return nil }
        insert(value, for: name)
        return value
    }

    mutating func insert(_ value: Value, for name: Name) {
        old[name] = nil
        young[name] = value
        guard young.count >= generationSize else { return }
        old = young
        young = [:]
    }

    mutating func remove(_ name: Name) {
        young[name] = nil
        old[name] = nil
    }
}
