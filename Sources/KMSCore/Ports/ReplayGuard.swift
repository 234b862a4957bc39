/// Remembers the nonces of recent requests so that none is served twice.
package protocol ReplayGuard: Sendable {
    /// Takes note of `mark`, or says why not. Does not suspend.
    func claim(_ mark: ReplayMark, at now: Timestamp) -> ReplayVerdict
}

package enum ReplayVerdict: Sendable, Equatable {
    case fresh
    case used
    /// The account's share of the memory is full; nothing was forgotten for it.
    case full
}
