internal import Synchronization

/// Counts the messages that each metered key version encrypts.
///
/// Random nonces of 96 bits are safe for 2^32 messages under one key (NIST SP 800-38D, 8.3). Uses are reserved in the
/// store a block at a time, before the first of them: a crash wastes what was left of a block and repeats none.
package final class UsageMeter: Sendable {
    /// Uses that one version has in all.
    package let limit: Int64
    /// Uses that are reserved at once.
    package let block: Int64
    /// What is left of the blocks reserved here.
    private let left = Mutex<[KeyVersionID: Int64]>([:])

    /// - Parameters:
    ///   - limit: 1 to 2^32.
    ///   - block: at least 1.
    package init(limit: Int64 = 1 << 32, block: Int64 = 1 << 16) {
        precondition((1...(1 << 32)).contains(limit) && block >= 1)
        self.limit = limit
        self.block = block
    }

    /// Takes one use of the version; false where none is left. Asks the store only when a block is used up.
    func take(
        of version: KeyVersionID,
        reservingIn store: any KeyStore & MeterStore
    ) async throws(StoreError) -> Bool {
        while !takeReserved(of: version) {
            let reserved = try await store.reservedUses(of: version)
            let granted = min(block, limit - reserved)
            guard granted > 0 else { return false }
            do {
                try await store.apply(
                    Change([.reserveUses(of: version, from: reserved, to: reserved + granted)])
                )
            } catch .conflict {
                continue  // Another request or another node was faster.
            }
            left.withLock { $0[version, default: 0] += granted }
        }
        return true
    }

    private func takeReserved(of version: KeyVersionID) -> Bool {
        left.withLock { left in
            guard let count = left[version] else { return false }
            left[version] = count > 1 ? count - 1 : nil
            return true
        }
    }

    /// Drops what is left of these versions' blocks.
    package func forget(_ versions: [KeyVersionID]) {
        left.withLock { left in
            for version in versions { left[version] = nil }
        }
    }
}
