internal import KMSCore
private import Synchronization

/// A number of each account that whatever makes all that is cached of it worthless counts up. What is cached carries the
/// number from before it was read: under an old one it is read anew, which spares a walk over all entries.
///
/// Accounts share the numbers, so that there are never more of them: some forget together.
final class AccountEpochs: Sendable {
    private let epochs = Mutex([UInt64](repeating: 0, count: 1_024))

    func epoch(of account: AccountID) -> UInt64 { epochs.withLock { $0[Self.stripe(of: account)] } }

    func advance(_ account: AccountID) { epochs.withLock { $0[Self.stripe(of: account)] &+= 1 } }

    private static func stripe(of account: AccountID) -> Int {
        Int(UInt(bitPattern: account.hashValue) % 1_024)
    }
}
