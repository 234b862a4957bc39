/// How the trail is kept.
package struct AuditOptions: Sendable {
    /// Event loops that write; each has a lane of its own.
    package var eventLoops: Int
    /// Bytes after which a new file is begun.
    package var fileSize: Int64
    /// Whether a new file is begun every day as well.
    package var isDaily: Bool
    /// Whether answers wait until the disk has their records.
    package var isSynced: Bool
    /// Refusals of unidentified callers that get lines of their own, of one source in a minute.
    package var refusalsPerSource: Int

    package init(
        eventLoops: Int = 1,
        fileSize: Int64 = 256 << 20,
        isDaily: Bool = false,
        isSynced: Bool = false,
        refusalsPerSource: Int = 100
    ) {
        self.eventLoops = eventLoops
        self.fileSize = fileSize
        self.isDaily = isDaily
        self.isSynced = isSynced
        self.refusalsPerSource = refusalsPerSource
    }
}
