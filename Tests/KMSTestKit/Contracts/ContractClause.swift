package import KMSCore
internal import Testing

/// Not a test's tag.
typealias Tag = KMSCore.Tag

/// What the doorway and its upkeep work with.
package typealias WorkingStore = any ServiceStore & AccessStore

/// One sentence that every store of a kind must keep, with its proof on a store that is empty.
package struct ContractClause<Store: Sendable>: Sendable, CustomTestStringConvertible {
    package let testDescription: String
    package let check: @Sendable (Store) async throws -> Void

    init(_ sentence: String, _ check: @escaping @Sendable (Store) async throws -> Void) {
        testDescription = sentence
        self.check = check
    }
}

/// The moment at which the clauses play.
let noon = Timestamp(seconds: 1_767_225_600)

extension KeyStore {
    func insert(_ keys: Key...) async throws { try await apply(Change(keys.map { .insertKey($0) })) }

    /// Makes `change` to the key and returns it as it then is.
    @discardableResult
    func change(_ key: Key, _ change: (inout Key) -> Void) async throws -> Key {
        let changed = key.changed(change)
        try await apply(Change([.updateKey(from: key, to: changed)]))
        return changed
    }

    /// Has the key's window end at `moment`, and retires it.
    @discardableResult
    func retire(_ key: Key, at moment: Timestamp = noon) async throws -> Key {
        let ending = try await change(key) { $0.deleteAt = moment }
        try await apply(Change([.retireKey(ending)]))
        return ending
    }

    func list(
        _ namespace: Namespace = .example(),
        _ filter: KeyFilter = KeyFilter(),
        at now: Timestamp = noon,
        page number: Int = 1,
        size: Int = 100
    ) async throws -> Listing<KeyID> {
        try await keys(in: namespace, matching: filter, at: now, page: Page(number: number, size: size))
    }

    func listAliases(
        _ namespace: Namespace = .example(),
        of key: KeyID? = nil,
        at now: Timestamp = noon,
        page number: Int = 1,
        size: Int = 100
    ) async throws -> Listing<Alias> {
        try await aliases(in: namespace, of: key, at: now, page: Page(number: number, size: size))
    }
}

extension Key {
    func alias(_ name: String) -> Alias { Alias(name: .example(name), namespace: namespace, key: id) }
}

extension UUIDBytes {
    /// An id of the clause's choice.
    static func number(_ number: Int) -> UUIDBytes { UUIDBytes(high: 7, low: UInt64(number)) }
}
