internal import FoundationEssentials
internal import GRDB
internal import Glibc
package import KMSCore
internal import Synchronization

/// Remembers everything in one SQLite file of a data folder that belongs to this process alone.
///
/// What `apply` has acknowledged survives the loss of power: the write-ahead log is synced with every commit, and
/// concurrent changes share one sync.
package final class SQLiteStore: KeyStore, CertificateStore, AccessStore, SlotStore, AuditOutbox {
    let pool: DatabasePool
    let commits: GroupCommit
    let marks = PageMarks()
    /// Milliseconds that a connection waits for another one's lock.
    static let patience = 10_000
    /// Nil where the store is only read.
    private let lock: FolderLock?

    /// Opens the store in `folder`, which exists; creates or migrates the database.
    ///
    /// - Throws: ``StoreError/unavailable(_:)`` in plain words where another process has the folder, the schema is
    ///   newer than this code, or the database cannot be made durable.
    package static func open(folder: String) async throws(StoreError) -> SQLiteStore {
        let lock = try FolderLock(folder)
        let path = folder + "/keyhold.sqlite"
        // Before SQLite opens it and never after: closing another descriptor of the file would release SQLite's own
        // locks (POSIX locks belong to the process), and a tool that opens and closes the database would then take
        // it for abandoned and remove the log.
        try FileSync.makeDatabaseFile(path)
        do {
            var configuration = Configuration()
            configuration.label = "keyhold"
            configuration.busyMode = .timeout(Double(patience) / 1_000)
            configuration.prepareDatabase { database in try database.execute(sql: "PRAGMA secure_delete = ON") }
            let pool = try DatabasePool(path: path, configuration: configuration)
            try await pool.writeWithoutTransaction { database in
                try demandFullSync(database)
                try Migrator.migrate(database)
            }
            try FileSync.sync(folder)
            return SQLiteStore(pool, lock)
        } catch let error as StoreError { throw error } catch {
            throw .unavailable("The database \(path) cannot be opened: \(error)")
        }
    }

    /// Opens the store of a folder to read it, beside the server that it belongs to; nothing can be written.
    ///
    /// - Throws: ``StoreError/unavailable(_:)`` where there is no database, or its schema is not this code's.
    package static func openForReading(folder: String) async throws(StoreError) -> SQLiteStore {
        let path = folder + "/keyhold.sqlite"
        do {
            var configuration = Configuration()
            configuration.label = "keyhold"
            configuration.readonly = true
            configuration.busyMode = .timeout(Double(patience) / 1_000)
            let pool = try DatabasePool(path: path, configuration: configuration)
            let version = try await pool.read { try Int.fetchOne($0, sql: "SELECT version FROM schema") }
            guard version == Schema.currentVersion else {
                throw StoreError.unavailable(
                    "The database has schema \(version ?? 0), this program schema \(Schema.currentVersion): "
                        + "start the server of this version first."
                )
            }
            return SQLiteStore(pool, nil)
        } catch let error as StoreError { throw error } catch {
            throw .unavailable("The database \(path) cannot be opened: \(error)")
        }
    }

    private init(_ pool: DatabasePool, _ lock: FolderLock?) {
        self.pool = pool
        self.lock = lock
        commits = GroupCommit(pool)
    }

    /// The pool sets synchronous to NORMAL when it opens, under which a commit may be lost; FULL is set after it.
    private static func demandFullSync(_ database: Database) throws {
        try database.execute(sql: "PRAGMA synchronous = FULL")
        let mode = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        let journal = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        guard mode == 2, journal == "wal" else {
            throw StoreError.unavailable(
                "SQLite does not sync fully (synchronous \(mode ?? -1), \(journal ?? "no") journal)."
            )
        }
    }

    /// Reads in a snapshot of its own.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await pool.read(body) } catch { throw .unavailable("\(error)") }
    }

    package func apply(_ change: Change) async throws(StoreError) {
        // Also where it failed: whether it was made may be unknown.
        defer { noteDepartures(change) }
        try await commits.apply(change)
    }

    package func scrub() async throws(StoreError) { try await commits.scrub() }

    package func acknowledgeAudit(of requestID: UUIDBytes) {
        commits.acknowledge(requestID)
    }
}

/// The data folder belongs to whoever holds its lock file; the kernel lets go of it when the process ends.
final class FolderLock: Sendable {
    private let descriptor: CInt

    init(_ folder: String) throws(StoreError) {
        let path = folder + "/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .unavailable("Another process uses the data folder \(folder): stop it first.")
        }
    }

    deinit { close(descriptor) }
}

/// Brings files and folders to the disk.
enum FileSync {
    /// Makes the file where it is missing, for its owner alone, and has the disk hold it. Log and index take its mode.
    static func makeDatabaseFile(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .unavailable("\(path) cannot be synced: \(String(cString: strerror(errno)))")
        }
    }

    static func sync(_ path: String) throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .unavailable("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .unavailable("\(path) cannot be synced: \(String(cString: strerror(errno)))")
        }
    }
}
