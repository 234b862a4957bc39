import Foundation
import KMSCore
import KMSProtection
import Synchronization

/// A keyhold-hsm of a test's own: the program itself, in a process that ends with its owner.
final class KeyProcess: Sendable {
    let folder: String
    private let child = Mutex<pid_t?>(nil)

    var socket: String { "\(folder)/hsm.sock" }
    var data: String { "\(folder)/data" }

    init() throws {
        folder = "/tmp/keyhold-hsm-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        try start()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Starts the program and waits until it serves.
    func start(_ arguments: [String] = []) throws {
        let words = ["--data", data, "--socket", socket, "--connections", "16"] + arguments
        let pid = try Self.spawn(words, output: "/dev/null")
        child.withLock { $0 = pid }
        for _ in 0..<3_000 {
            if (try? HSMSocket(path: socket, patience: 1_000)) != nil { return }
            guard isRunning else { break }
            usleep(10_000)
        }
        throw KeyProcessFailure()
    }

    /// Ends the process as a crash would.
    func kill() {
        child.withLock { child in
            guard let pid = child else { return }
            _ = Glibc.kill(pid, SIGKILL)
            _ = Self.wait(for: pid)
            child = nil
        }
    }

    var isRunning: Bool {
        child.withLock { child in
            guard let pid = child else { return false }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return true }
            child = nil
            return false
        }
    }

    /// Runs another command of the program; what it prints, and how it ended.
    static func run(_ arguments: [String]) throws -> (output: String, status: Int32) {
        let file = "/tmp/keyhold-hsm-output-\(UUID().uuidString)"
        defer { unlink(file) }
        let status = wait(for: try spawn(arguments, output: file))
        return (String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self), status)
    }

    /// Starts the program, which lies beside the tests that were built with it.
    private static func spawn(_ arguments: [String], output: String) throws -> pid_t {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("keyhold-hsm").path
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        guard posix_spawn(&pid, program, &actions, nil, &words, environ) == 0 else { throw KeyProcessFailure() }
        return pid
    }

    private static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    func vault(_ tables: KeptTables) -> HSMProcessVault {
        HSMProcessVault(path: socket, store: tables, workers: InlineWorkers())
    }
}

/// The program did not start, or did not serve.
struct KeyProcessFailure: Error {}

/// The slot tables of a database, in memory.
final class KeptTables: SlotStore {
    private let tables: Mutex<[SlotTableName: SlotTable]>
    let holdsRows = Mutex(false)

    init() {
        let server = SlotTable(databaseID: UUIDBytes(high: 1, low: 2), generation: 1, slots: [], authenticationCode: [])
        tables = Mutex([.server: server])
    }

    subscript(_ name: SlotTableName) -> SlotTable? {
        get { tables.withLock { $0[name] } }
        set { tables.withLock { $0[name] = newValue } }
    }

    func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? { self[name] }

    func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool {
        name == .hsm && holdsRows.withLock { $0 }
    }

    func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
        let isMade = tables.withLock { tables in
            guard tables[name] == nil else { return false }
            tables[name] = table
            return true
        }
        guard isMade else { throw .alreadyExists }
    }

    func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError) {
        let isReplaced = tables.withLock { tables in
            guard tables[name]?.authenticationCode == replaced else { return false }
            tables[name] = table
            return true
        }
        guard isReplaced else { throw .conflict }
    }
}

/// Why the vault was unavailable; another error's name, or nothing where all went well.
func reason(_ body: () async throws(VaultError) -> Void) async -> String {
    do throws(VaultError) {
        try await body()
        return ""
    } catch {
        guard case .unavailable(let reason) = error else { return "\(error)" }
        return reason
    }
}
