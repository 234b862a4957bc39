package import KMSCore
private import Synchronization

/// A trail in memory that can be told to fail.
package final class RecordingAuditLog: AuditLog {
    private let written = Mutex<[AuditRecord]>([])
    private let failure = Mutex<AuditError?>(nil)
    private let writeFailure = Mutex<AuditError?>(nil)
    private let disk = Mutex<(isAwaited: Bool, syncs: Int, failure: AuditError?)>((false, 0, nil))

    package init() {}

    /// Everything written so far, in order.
    package var records: [AuditRecord] { written.withLock { $0 } }

    /// Makes the trail refuse from now on, as a full disk would; nil lets it work again.
    package func fail(with reason: String?) { failure.withLock { $0 = reason.map { AuditError($0) } } }

    /// Makes the next writes fail although the trail looked fit just before, as a disk does that fills up meanwhile.
    package func failWrites(with reason: String?) { writeFailure.withLock { $0 = reason.map { AuditError($0) } } }

    /// Makes answers wait for the disk from now on, which fails if there is a reason.
    package func awaitDisk(failingWith reason: String? = nil) {
        disk.withLock { $0 = (true, $0.syncs, reason.map { AuditError($0) }) }
    }

    /// How often an answer has waited for the disk.
    package var syncs: Int { disk.withLock { $0.syncs } }
    package var isSynced: Bool { disk.withLock { $0.isAwaited } }

    package func sync() async throws(AuditError) {
        let failure = disk.withLock { disk in
            disk.syncs += 1
            return disk.failure
        }
        if let failure { throw failure }
    }

    package func prepare() throws(AuditError) {
        if let error = failure.withLock({ $0 }) { throw error }
    }

    package func write(_ record: AuditRecord) throws(AuditError) {
        try prepare()
        if let error = writeFailure.withLock({ $0 }) { throw error }
        written.withLock { $0.append(record) }
    }
}

/// Hears and says nothing.
package struct SilentObserver: Observer {
    package init() {}

    package func completed(_ record: AuditRecord, error: KMSError?) {}
}
