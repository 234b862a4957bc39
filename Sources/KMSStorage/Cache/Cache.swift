internal import KMSCore
private import Synchronization

/// Values by name, bounded, nil where something is known not to exist. The lock is held for a look-up alone.
final class Cache<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        /// What came since the generation began, and what was there before: an entry that is not asked for while a
        /// whole generation comes is let go.
        var young: [Name: Value?] = [:]
        var old: [Name: Value?] = [:]
        /// Counted up, stripe by stripe, by everything that makes a read that is under way worthless.
        var epochs = [UInt64](repeating: 0, count: 256)

        mutating func lookUp(_ name: Name, half: Int) -> Value?? {
            if let value = young[name] { return value }
            guard let value = old[name] else { return nil }
            insert(value, for: name, half: half)
            return value
        }

        mutating func insert(_ value: Value?, for name: Name, half: Int) {
            if young.count >= half {
                old = young
                young = [:]
            }
            young.updateValue(value, forKey: name)
        }
    }

    private let half: Int
    private let state = Mutex(State())

    init(capacity: Int) { half = max(1, capacity / 2) }

    /// The value that is remembered, or else the one that `read` gives.
    func value(
        for name: Name,
        reading read: () async throws(StoreError) -> Value?
    ) async throws(StoreError) -> Value? {
        if let known = state.withLock({ $0.lookUp(name, half: half) }) { return known }
        let stripe = Self.stripe(of: name)
        let epoch = state.withLock { $0.epochs[stripe] }
        let value = try await read()
        state.withLock { state in
            guard state.epochs[stripe] == epoch else { return }
            state.insert(value, for: name, half: half)
        }
        return value
    }

    func forget(_ name: Name) {
        state.withLock { state in
            state.epochs[Self.stripe(of: name)] &+= 1
            state.young.removeValue(forKey: name)
            state.old.removeValue(forKey: name)
        }
    }

    /// Forgets every value that the predicate names; costs a walk over all of them.
    func forget(where isMeant: (Value) -> Bool) {
        state.withLock { state in
            for stripe in state.epochs.indices { state.epochs[stripe] &+= 1 }
            state.young = state.young.filter { !($0.value.map(isMeant) ?? false) }
            state.old = state.old.filter { !($0.value.map(isMeant) ?? false) }
        }
    }

    private static func stripe(of name: Name) -> Int { Int(UInt8(truncatingIfNeeded: name.hashValue)) }
}
