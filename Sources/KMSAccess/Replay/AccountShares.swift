internal import KMSCore
internal import Synchronization

/// How many nonces each account holds, and what all of them together take of the memory.
///
/// An account may hold as many as there is room left for: the first can fill half of the memory, the next half of what is
/// left, and nobody all of it. Those that ask at the same time end with equal shares. Each account has one count, by
/// account and not by nonce: no choice of nonces or Timestamps gives it a second one. An account that holds nothing is
/// not remembered.
final class AccountShares: Sendable {
    private struct State {
        var held: [AccountID: Int] = [:]
        var minutes: [Minute] = []
    }

    /// What the accounts hold of one minute of Timestamps.
    private struct Minute {
        let number: Int64
        var counts: [AccountID: Int] = [:]
    }

    private final class Part: Sendable {
        let state = Mutex(State())
    }

    /// What an account's count in one minute takes, in nonces: up to 200 bytes.
    static let weightOfCount = 8

    private let room: UsageCounter
    private let parts: [Part]

    /// - Parameter capacity: nonces that there is room for, in all.
    init(capacity: Int, partCount: Int) {
        room = UsageCounter(limit: capacity)
        parts = (0..<partCount).map { _ in Part() }
    }

    /// How many accounts hold anything.
    var accountCount: Int { parts.reduce(0) { $0 + $1.state.withLock { $0.held.count } } }

    /// What is taken, in nonces.
    var used: Int { room.count }

    /// Counts one more nonce of the account, or says that it has its share.
    func take(_ account: AccountID, minute: Int64) -> Bool {
        part(of: account).state.withLock { state in
            let held = state.held[account] ?? 0
            guard held < room.left else { return false }
            let place = state.minutes.firstIndex { $0.number == minute }
            let count = place.flatMap { state.minutes[$0].counts[account] } ?? 0
            guard room.take(count == 0 ? 1 + Self.weightOfCount : 1) else { return false }
            state.held[account] = held + 1
            if place == nil { state.minutes.append(Minute(number: minute)) }
            state.minutes[place ?? state.minutes.count - 1].counts[account] = count + 1
            return true
        }
    }

    /// Gives back what is held of all minutes before `minute`.
    func drop(before minute: Int64) {
        for part in parts {
            let weight = part.state.withLock { state in
                var weight = 0
                for dropped in state.minutes where dropped.number < minute {
                    for (account, count) in dropped.counts {
                        let left = (state.held[account] ?? 0) - count
                        state.held[account] = left > 0 ? left : nil
                        weight += count + Self.weightOfCount
                    }
                }
                state.minutes.removeAll { $0.number < minute }
                // A dictionary keeps the room of its greatest day.
                if state.held.capacity > 64, state.held.count < state.held.capacity / 4 {
                    state.held = Dictionary(uniqueKeysWithValues: state.held.map { ($0.key, $0.value) })
                }
                return weight
            }
            room.giveBack(weight)
        }
    }

    private func part(of account: AccountID) -> Part {
        parts[Int(UInt(bitPattern: account.hashValue) % UInt(parts.count))]
    }
}
