import KMSCore
import Synchronization

/// A sealer, and how often it has opened something.
final class CountingSealer: Sealer {
    private let base: any Sealer
    private let opened = Atomic<Int>(0)

    init(_ base: any Sealer) { self.base = base }

    var sessionRevocations: UInt64 { base.sessionRevocations }

    var openCount: Int { opened.load(ordering: .relaxed) }

    func seal(_ secret: borrowing SecretBytes, as subject: SealedSubject) throws(VaultError) -> [UInt8] {
        try base.seal(secret, as: subject)
    }

    func open(_ record: [UInt8], as subject: SealedSubject) throws(VaultError) -> SecretBytes {
        opened.add(1, ordering: .relaxed)
        return try base.open(record, as: subject)
    }
}

/// Numbers of 18 digits, each once.
final class RowIDs: Sendable {
    private let count = Atomic<Int>(100_000_000_000_000_000)

    func next() -> String { "\(count.add(1, ordering: .relaxed).newValue)" }
}
