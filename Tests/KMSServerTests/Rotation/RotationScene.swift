import FoundationEssentials
import KMSCore
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSProtection
@testable import KMSServer

/// One of everything that is sealed under the root key, and what shows that it opens.
struct RotationScene: Sendable {
    let blob: String
    let pair: (key: String, version: String)
    let external: ExternalKey
    let externalBlob: String
    /// Imported once, its material deleted: the check alone is left.
    let emptied: ExternalKey
    let certificate: String

    static let material = Array("MaterialSentinel-of-32-bytes-9fX".utf8)
    private struct Missing: Error {}
    private static let digest = Data(repeating: 0x5A, count: 32).base64EncodedString()

    init(_ client: SigningClient) async throws {
        let key = try await client.createKey()
        blob = try await client.text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": "x"])
        let asymmetric = try await client.createKey(["KeySpec": "EC_P256", "KeyUsage": "SIGN/VERIFY"])
        let versions = try await client.call("ListKeyVersions", ["KeyId": asymmetric]).json()
        guard case .array(let rows)? = versions["KeyVersions"]?["KeyVersion"] else { throw Missing() }
        pair = (asymmetric, try requireValue(rows.first?["KeyVersionId"]?.string))
        external = try await ExternalKey(client)
        try await external.load(Self.material)
        externalBlob = try await external.encrypt()
        emptied = try await ExternalKey(client)
        try await emptied.load(Self.material)
        _ = try await client.call("DeleteKeyMaterial", ["KeyId": emptied.key])
        certificate = try await client.text(
            "CertificateId",
            of: "CreateCertificate",
            ["Subject": "CN=a,OU=u,O=o,C=CN", "KeySpec": "EC_P256"]
        )
    }

    /// Everything works as it did, by the client and underneath it.
    func expectOpen(_ client: SigningClient, in service: WholeService) async throws {
        for blob in [blob, externalBlob] {
            #expect(try await client.text("Plaintext", of: "Decrypt", ["CiphertextBlob": blob]) == "x")
        }
        let message: KeyValuePairs = [
            "KeyId": pair.key, "KeyVersionId": pair.version, "Algorithm": "ECDSA_SHA_256", "Digest": Self.digest,
        ]
        _ = try await client.text("Value", of: "AsymmetricSign", message)
        try await Self.expectAllOpen(in: service)
    }

    /// Every sealed record of the database opens with what the server has of the root.
    static func expectAllOpen(in service: WholeService) async throws {
        let resealer = RowResealer(service.root)
        let generations = [service.root.previous, service.root.current].compactMap { $0?.generation }
        var count = 0
        for generation in generations {
            for kind in SealedRow.Kind.allCases {
                let rows = try await service.database.sealedRows(kind, under: generation, after: .min, limit: 10_000)
                for row in rows { _ = try resealer.reseal(row.row) }
                count += rows.count
            }
        }
        // Nothing that no generation names.
        var known = 0
        for generation in 0...(generations.max() ?? 0) {
            known += try await service.database.sealedRowCount(under: generation)
        }
        #expect(count == known && count >= 9)
    }

    /// The record of every row that names a generation.
    static func records(under generation: UInt32, in database: SQLiteStore) async throws -> [[UInt8]] {
        var records: [[UInt8]] = []
        for kind in SealedRow.Kind.allCases {
            let rows = try await database.sealedRows(kind, under: generation, after: .min, limit: 10_000)
            records += rows.map(\.row.record)
        }
        return records
    }
}

/// As ``withWholeService(_:as:at:log:users:executor:_:)``, on a folder that the server before may hold for a moment more.
func withRestartedService<Value: Sendable>(
    _ folder: DataFolder,
    at clock: ManualClock,
    _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Value
) async throws -> Value {
    for _ in 0..<200 {
        do { return try await withWholeService(folder, at: clock, body) } catch StoreError.unavailable(let reason)
            where reason.contains("Another process uses")
        {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
    return try await withWholeService(folder, at: clock, body)
}

/// A store that does so many more changes of a rotation and is then as dead as its process, before its last one or
/// right after it.
final class DyingStore: RootRotationStore {
    private let base: any RootRotationStore
    private let state: Mortality

    init(_ base: any RootRotationStore, after changes: Int, isLastMade: Bool) {
        self.base = base
        state = Mortality(changes, isLastMade)
    }

    var isDead: Bool { state.isDead }

    private func changing(_ change: () async throws(StoreError) -> Void) async throws(StoreError) {
        let fate = state.next()
        if fate != .dead { try await change() }
        if fate != .alive { throw .unavailable("dead") }
    }

    private func reading<Value>(_ read: () async throws(StoreError) -> Value) async throws(StoreError) -> Value {
        if state.isDead { throw .unavailable("dead") }
        return try await read()
    }

    func slotTable(_ name: SlotTableName) async throws(StoreError) -> SlotTable? {
        try await reading { () async throws(StoreError) in try await base.slotTable(name) }
    }

    func holdsSealedRows(of name: SlotTableName) async throws(StoreError) -> Bool {
        try await reading { () async throws(StoreError) in try await base.holdsSealedRows(of: name) }
    }

    func createSlotTable(_ table: SlotTable, _ name: SlotTableName) async throws(StoreError) {
        try await changing { () async throws(StoreError) in try await base.createSlotTable(table, name) }
    }

    func replaceSlotTable(
        _ table: SlotTable,
        _ name: SlotTableName,
        replacing replaced: [UInt8]
    ) async throws(StoreError) {
        try await changing { () async throws(StoreError) in
            try await base.replaceSlotTable(table, name, replacing: replaced)
        }
    }

    func rootRotation() async throws(StoreError) -> StoredRootRotation? {
        try await reading { () async throws(StoreError) in try await base.rootRotation() }
    }

    func rootSuccessions(since generation: UInt32) async throws(StoreError) -> [[UInt8]] {
        try await reading { () async throws(StoreError) in try await base.rootSuccessions(since: generation) }
    }

    func lastingKeys() async throws(StoreError) -> [LastingKey] {
        try await reading { () async throws(StoreError) in try await base.lastingKeys() }
    }

    func beginRootRotation(_ start: RootRotationStart) async throws(StoreError) {
        try await changing { () async throws(StoreError) in try await base.beginRootRotation(start) }
    }

    func endPreviousTokens() async throws(StoreError) {
        try await changing { () async throws(StoreError) in try await base.endPreviousTokens() }
    }

    func sealedRows(
        _ kind: SealedRow.Kind,
        under generation: UInt32,
        after number: Int64,
        limit: Int
    ) async throws(StoreError) -> [NumberedSealedRow] {
        try await reading { () async throws(StoreError) in
            // More than one page of versions, so that there is a place to die between them.
            let limit = kind == .versions ? 3 : limit
            return try await base.sealedRows(kind, under: generation, after: number, limit: limit)
        }
    }

    func sealedRowCount(under generation: UInt32) async throws(StoreError) -> Int {
        try await reading { () async throws(StoreError) in try await base.sealedRowCount(under: generation) }
    }

    func reseal(_ rows: [ResealedRow]) async throws(StoreError) {
        try await changing { () async throws(StoreError) in try await base.reseal(rows) }
    }

    func endRootRotation(of generation: UInt32) async throws(StoreError) {
        try await changing { () async throws(StoreError) in try await base.endRootRotation(of: generation) }
    }
}
