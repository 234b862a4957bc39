internal import KMSCore
package import KMSCrypto
internal import Synchronization

/// The root key as a server uses it: the current generation and, while a rotation is under way, the one before it.
///
/// Whoever uses the root holds the ring and asks it each time, so that a rotation is noticed at once. What is sealed is
/// sealed under the current generation; what names either of them opens.
package final class RootKeyRing: Sendable {
    private struct State {
        var current: RootGeneration
        var previous: RootGeneration?
        var acceptsPreviousTokens: Bool
        var revocations: UInt64 = 0
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - previous: of an earlier generation, where a rotation is under way.
    ///   - acceptsPreviousTokens: whether tokens that were given out under `previous` are still good.
    package init(
        _ current: RootKey,
        previous: RootKey? = nil,
        acceptsPreviousTokens: Bool = true
    ) throws(CryptoError) {
        var before: RootGeneration?
        if let previous { before = try RootGeneration(previous) }
        state = Mutex(
            State(
                current: try RootGeneration(current),
                previous: before,
                acceptsPreviousTokens: acceptsPreviousTokens
            )
        )
    }

    /// What everything is sealed under from now on.
    package var current: RootKey { generation.root }

    /// What is not sealed anew yet may still be sealed under this one; nil where no rotation is under way.
    package var previous: RootKey? { state.withLock { $0.previous?.root } }

    /// Counts how often tokens of an earlier generation have ceased to be good: whoever remembers opened ones looks
    /// at them anew.
    package var tokenRevocations: UInt64 { state.withLock { $0.revocations } }

    /// Makes `next` the current generation, and what was current the one before it.
    func succeed(by next: RootKey, acceptsPreviousTokens: Bool) throws(CryptoError) {
        let generation = try RootGeneration(next)
        state.withLock { state in
            guard next.generation > state.current.root.generation else { return }
            state.previous = state.current
            state.current = generation
            state.acceptsPreviousTokens = acceptsPreviousTokens
            if !acceptsPreviousTokens { state.revocations += 1 }
        }
    }

    /// Takes over what another ring has, if that is newer.
    func adopt(_ other: RootKeyRing) {
        let theirs = other.state.withLock { $0 }
        state.withLock { state in
            guard theirs.current.root.generation > state.current.root.generation else { return }
            let revocations = state.revocations + 1
            state = theirs
            state.revocations = revocations
        }
    }

    /// From now on only tokens of the current generation are good.
    func refusePreviousTokens() {
        state.withLock { state in
            guard state.acceptsPreviousTokens, state.previous != nil else { return }
            state.acceptsPreviousTokens = false
            state.revocations += 1
        }
    }

    /// Lets go of the generation before, if it is that one.
    func dropPrevious(_ generation: UInt32) {
        state.withLock { state in
            guard state.previous?.root.generation == generation else { return }
            state.previous = nil
            state.revocations += 1
        }
    }

    /// The current generation with what is derived from it.
    var generation: RootGeneration { state.withLock { $0.current } }

    /// The generation of that number, or nil where the ring does not have it, or does not have it for this purpose.
    func generation(_ number: UInt32, for purpose: RecordPurpose) -> RootGeneration? {
        state.withLock { state in
            if state.current.root.generation == number { return state.current }
            guard state.previous?.root.generation == number else { return nil }
            return purpose == .securityToken && !state.acceptsPreviousTokens ? nil : state.previous
        }
    }

    /// The generations whose tokens are good, the current one first.
    var tokenGenerations: [RootGeneration] {
        state.withLock { state in
            guard state.acceptsPreviousTokens, let previous = state.previous else { return [state.current] }
            return [state.current, previous]
        }
    }
}

/// One generation of the root key, and those keys derived from it that are in use all the time.
final class RootGeneration: Sendable {
    let root: RootKey
    let importTokenKey: SecretBox
    private let recordKeys: [RecordPurpose: SecretBox]

    init(_ root: RootKey) throws(CryptoError) {
        self.root = root
        importTokenKey = try root.importTokenKey()
        var keys: [RecordPurpose: SecretBox] = [:]
        for purpose in RecordPurpose.allCases { keys[purpose] = SecretBox(try root.recordKey(for: purpose)) }
        recordKeys = keys
    }

    /// The key under which records of one purpose are sealed; 32 bytes.
    func recordKey(for purpose: RecordPurpose) -> SecretBox {
        guard let key = recordKeys[purpose] else { preconditionFailure("every purpose has a key") }
        return key
    }
}
