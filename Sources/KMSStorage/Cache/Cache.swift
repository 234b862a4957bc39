internal import KMSCore
private import Synchronization

/// Values by name, bounded, and names of which it is known that they do not exist. The lock is held for a look-up alone.
final class Cache<Name: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var present: RecentlyUsed<Name, Value>
        /// Apart, so that whoever asks for much that does not exist drives nothing out that does.
        var absent: RecentlyUsed<Name, Void>
        /// Counted up, stripe by stripe, by everything that makes a read that is under way worthless.
        var epochs = [UInt64](repeating: 0, count: 256)

        mutating func lookUp(_ name: Name) -> Value?? {
            if let value = present.value(of: name) { return .some(value) }
            return absent.value(of: name) == nil ? .none : .some(nil)
        }

        mutating func insert(_ value: Value?, for name: Name) {
            // What there was may be neither of the kind nor the value that there is.
            forget(name)
            if let value { present.insert(value, for: name) } else { absent.insert((), for: name) }
        }

        mutating func forget(_ name: Name) {
            present.remove(name)
            absent.remove(name)
        }
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - capacity: how many values are remembered at once, or what they weigh together.
    ///   - absentCapacity: how many names of which it is known that they do not exist.
    ///   - weigh: what a value weighs; nil where each weighs one.
    init(capacity: Int, absentCapacity: Int, weigh: (@Sendable (Value) -> Int)? = nil) {
        state = Mutex(
            State(
                present: RecentlyUsed(capacity: capacity, weigh: weigh),
                absent: RecentlyUsed(capacity: absentCapacity)
            )
        )
    }

    /// The value that is remembered, or else the one that `read` gives.
    ///
    /// - Parameter isCurrent: whether a value that is remembered still holds; one that does not is read anew.
    func value(
        for name: Name,
        where isCurrent: (Value) -> Bool = { _ in true },
        reading read: () async throws(StoreError) -> Value?
    ) async throws(StoreError) -> Value? {
        if let known = state.withLock({ $0.lookUp(name) }), known.map(isCurrent) ?? true { return known }
        let stripe = Self.stripe(of: name)
        let epoch = state.withLock { $0.epochs[stripe] }
        let value = try await read()
        state.withLock { state in
            guard state.epochs[stripe] == epoch else { return }
            state.insert(value, for: name)
        }
        return value
    }

    func forget(_ name: Name) {
        state.withLock { state in
            state.epochs[Self.stripe(of: name)] &+= 1
            state.forget(name)
        }
    }

    /// Forgets every value that the predicate names; costs a walk over all of them.
    func forget(where isMeant: (Value) -> Bool) {
        state.withLock { state in
            for stripe in state.epochs.indices { state.epochs[stripe] &+= 1 }
            for name in state.present.names(where: isMeant) { state.forget(name) }
        }
    }

    private static func stripe(of name: Name) -> Int { Int(UInt8(truncatingIfNeeded: name.hashValue)) }
}
