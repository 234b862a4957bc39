internal import KMSAccess
package import KMSCore
internal import NIOPosix
internal import Synchronization

/// The audit trail as files of JSON Lines (`Documentation/Audit.md`) that are only ever appended to.
///
/// Each event loop writes a chain of its own, a lane, and shares no lock with the others; lane 0 is for everybody else.
/// A record is with the operating system when ``write(_:)`` returns: it survives the end of this process, and the loss
/// of power once ``sync()`` has returned after it.
package final class FileAuditLog: AuditLog {
    final class Lane: Sendable {
        let state: Mutex<AuditLane>
        init(_ lane: AuditLane) { state = Mutex(lane) }
    }

    private final class LaneOfThread: Sendable {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    let lanes: [Lane]
    let files: WrittenFiles
    let folder: AuditFolder
    let options: AuditOptions
    let heads: any AuditHeadStore
    let time: any TimeSource
    let refusals: Mutex<RefusalCounts>
    /// Heads that the store has not taken, by lane.
    let unsaved = Mutex<[Int: AuditHead]>([:])
    /// The day, since 1970, on which the file was last written before, or begun.
    let day: Atomic<Int64>
    /// What the database knew of and the trail lacked when it was opened; for the log.
    package let loss: String?

    private let laneOfThread = ThreadSpecificVariable<LaneOfThread>()
    private let threads = Atomic<Int>(0)
    /// How many lanes cannot be written.
    private let failed = Atomic<Int>(0)
    private let groupSync: GroupSync

    init(
        _ lanes: [AuditLane],
        in file: AuditFile,
        lastWrittenOn day: Int64,
        _ folder: AuditFolder,
        _ options: AuditOptions,
        heads: any AuditHeadStore,
        time: any TimeSource,
        loss: String?
    ) {
        self.lanes = lanes.map { Lane($0) }
        let files = WrittenFiles(file)
        self.files = files
        self.folder = folder
        self.options = options
        self.heads = heads
        self.time = time
        self.loss = loss
        self.day = Atomic(day)
        refusals = Mutex(RefusalCounts(limit: options.refusalsPerSource))
        groupSync = GroupSync { () throws(AuditError) in try files.sync() }
    }

    package var isSynced: Bool { options.isSynced }

    package func sync() async throws(AuditError) { try await groupSync.wait() }

    package func prepare() throws(AuditError) {
        guard failed.load(ordering: .relaxed) > 0 else { return }
        for lane in lanes { try with(lane) { _ throws(AuditError) in } }
    }

    package func write(_ record: AuditRecord) throws(AuditError) {
        // Nothing of an identified caller is ever only counted.
        guard record.account != nil || refusals.withLock({ $0.admits(record) }) else { return }
        try with(lane) { lane throws(AuditError) in
            try lane.append(.request, at: record.time) { record.appendMembers(to: &$0) }
            guard lane.linesSinceCheckpoint >= AuditLane.linesPerCheckpoint else { return }
            // The record is in the trail; if the checkpoint is not, the next to come finds the lane failed.
            try? lane.checkpoint(at: time.now())
        }
    }

    /// The lane of this thread.
    private var lane: Lane {
        if let known = laneOfThread.currentValue { return lanes[known.number] }
        var number = 0
        if MultiThreadedEventLoopGroup.currentEventLoop != nil, lanes.count > 1 {
            number = 1 + threads.add(1, ordering: .relaxed).oldValue % (lanes.count - 1)
        }
        laneOfThread.currentValue = LaneOfThread(number)
        return lanes[number]
    }

    /// Does something with a lane, which is written again first if it had failed.
    func with<Value>(
        _ lane: Lane,
        _ body: (inout AuditLane) throws(AuditError) -> Value
    ) throws(AuditError) -> Value {
        try lane.state.withLock { lane throws(AuditError) in
            let wasOpen = lane.file != nil
            defer {
                let isOpen = lane.file != nil
                if wasOpen != isOpen { failed.add(isOpen ? -1 : 1, ordering: .relaxed) }
            }
            if !wasOpen { try lane.resume(at: time.now(), in: folder.current) }
            return try body(&lane)
        }
    }
}

/// The files that lines may be on their way to: one, and for the time of a change of files two.
final class WrittenFiles: Sendable {
    private let files: Mutex<[AuditFile]>

    init(_ file: AuditFile) { files = Mutex([file]) }

    /// The newest.
    var current: AuditFile { files.withLock { $0[$0.count - 1] } }

    func add(_ file: AuditFile) { files.withLock { $0.append(file) } }

    /// Lets go of all but the newest; they must be on the disk by then.
    func settle() { files.withLock { $0.removeFirst($0.count - 1) } }

    func sync() throws(AuditError) {
        for file in files.withLock({ $0 }) { try file.sync() }
    }
}
