internal import Configuration
internal import KMSServer
internal import SystemPackage

/// How the audit trail is kept (`Documentation/Audit.md`).
struct AuditSettings: Sendable {
    /// `audit.jsonl` in the data directory where nothing else is said.
    var file: String?
    /// Bytes after which the trail goes on in a new file.
    var rotationSize = 256 << 20
    /// Whether it does so every day as well.
    var rotatesDaily = false
    /// Whether answers wait until the disk has their records.
    var isSynced = false
    /// Refusals of unidentified callers that are recorded one by one, of one source in a minute.
    var refusalsPerSource = 100

    static let names = [
        "audit.file", "audit.rotation.size", "audit.rotation.daily", "audit.sync", "audit.refusals.per.source",
    ]

    init() {}

    init(_ reader: ConfigReader) throws(StartupError) {
        file = reader.string(forKey: "audit.file")
        rotationSize = try reader.number("audit.rotation.size", in: 65_536...1_099_511_627_776) ?? rotationSize
        rotatesDaily = try reader.flag("audit.rotation.daily")
        isSynced = try reader.word("audit.sync", of: ["none", "group"]) == "group"
        refusalsPerSource = try reader.number("audit.refusals.per.source", in: 1...1_000_000) ?? refusalsPerSource
    }

    /// The file that is written.
    func path(in folder: FilePath) -> String { file ?? "\(folder.appending("audit.jsonl"))" }

    func options(eventLoops: Int) -> AuditOptions {
        AuditOptions(
            eventLoops: eventLoops,
            fileSize: Int64(rotationSize),
            isDaily: rotatesDaily,
            isSynced: isSynced,
            refusalsPerSource: refusalsPerSource
        )
    }
}
