import FoundationEssentials
import KMSCore
import KMSStorage
import KMSTestKit
import Testing

/// A folder of a test's own, gone when nobody refers to it any more: whoever passes on no more than its path keeps it.
final class TemporaryFolder: Sendable {
    let path: String

    init(_ prefix: String = "keyhold") throws {
        path = FileManager.default.temporaryDirectory.path + "/\(prefix)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case inMemory = "in memory"
    case sqlite = "SQLite"
    case cached = "SQLite behind the cache"
    case barelyCached = "SQLite behind a cache of two rows"

    var testDescription: String { rawValue }

    func withEmptyStore(_ body: (WorkingStore) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        switch self {
        case .inMemory: try await body(InMemoryStore())
        case .sqlite: try await body(try await SQLiteStore.open(folder: folder.path))
        case .cached: try await body(CachedStore(try await SQLiteStore.open(folder: folder.path)))
        case .barelyCached:
            let sqlite = try await SQLiteStore.open(folder: folder.path)
            try await body(CachedStore(sqlite, capacity: 2, grantBytes: 1_500, absentCapacity: 2))
        }
        withExtendedLifetime(folder) {}
    }
}

@Suite("every store keeps its contract")
struct StoreContractTests {
    @Test("keys", arguments: StoreKind.allCases, KeyStoreContract.clauses)
    func keys(_ kind: StoreKind, _ clause: ContractClause<WorkingStore>) async throws {
        try await kind.withEmptyStore(clause.check)
    }

    @Test("accounts", arguments: StoreKind.allCases, AccountStoreContract.clauses)
    func accounts(_ kind: StoreKind, _ clause: ContractClause<WorkingStore>) async throws {
        try await kind.withEmptyStore(clause.check)
    }

    @Test("users, policies and roles", arguments: StoreKind.allCases, AccessStoreContract.clauses)
    func access(_ kind: StoreKind, _ clause: ContractClause<WorkingStore>) async throws {
        try await kind.withEmptyStore(clause.check)
    }

    @Test("certificates", arguments: StoreKind.allCases, CertificateStoreContract.clauses)
    func certificates(_ kind: StoreKind, _ clause: ContractClause<WorkingStore>) async throws {
        try await kind.withEmptyStore(clause.check)
    }

    @Test("slots in memory", arguments: SlotStoreContract.clauses)
    func slotsInMemory(_ clause: ContractClause<SlotStoreContract.Store>) async throws {
        try await clause.check(InMemoryStore())
    }

    @Test("slots in SQLite", arguments: SlotStoreContract.clauses)
    func slotsInSQLite(_ clause: ContractClause<SlotStoreContract.Store>) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try await clause.check(try await SQLiteStore.open(folder: folder.path))
    }

    @Test("backends in memory", arguments: BackendStoreContract.clauses)
    func backendsInMemory(_ clause: ContractClause<any BackendStore>) async throws {
        try await clause.check(InMemoryBackends())
    }

    @Test("backends in SQLite", arguments: BackendStoreContract.clauses)
    func backendsInSQLite(_ clause: ContractClause<any BackendStore>) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try await clause.check(try await SQLiteStore.open(folder: folder.path))
    }
}
