import FoundationEssentials
import KMSCore
import KMSStorage
import KMSTestKit
import Testing

@Suite("The ends of the audit trail")
final class AuditHeadStoreTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/keyhold-heads-\(UUID().uuidString)"
    private let node = UUIDBytes(high: 1, low: 1)

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func head(_ sequence: Int64, lane: Int, start: Int64, node: UUIDBytes? = nil) throws -> AuditHead {
        let place = AuditPlace(node: node ?? self.node, start: start, lane: lane)
        var line = AuditLine.begin(place)
        AuditLine.appendHead(sequence, after: AuditLine.noLine, .checkpoint, at: Timestamp(seconds: 1), to: &line)
        AuditLine.appendCode(AuditLine.noLine, to: &line)
        return try #require(AuditHead(line: line))
    }

    private func hold(_ store: some AuditHeadStore) async throws {
        #expect(try await store.auditHeads() == [])
        try await store.saveAuditHeads([try head(2, lane: 1, start: 1), try head(3, lane: 0, start: 1)])
        try await store.saveAuditHeads([try head(9, lane: 0, start: 1)])
        #expect(try await store.auditHeads() == [try head(9, lane: 0, start: 1), try head(2, lane: 1, start: 1)])
        // A start with fewer lanes leaves none of the one before it; another node's are its own.
        let other = try head(5, lane: 0, start: 1, node: UUIDBytes(high: 2, low: 2))
        try await store.saveAuditHeads([other])
        try await store.saveAuditHeads([try head(1, lane: 0, start: 2)])
        #expect(try await store.auditHeads() == [other, try head(1, lane: 0, start: 2)])

        #expect(try await store.auditKey() == nil)
        let key = AuditKeyRecord(publicKey: [1, 2], sealedPrivateKey: [3], createdAt: Timestamp(seconds: 4))
        try await store.createAuditKey(key)
        #expect(try await store.auditKey() == key)
        await #expect(throws: StoreError.alreadyExists) { try await store.createAuditKey(key) }
    }

    @Test("the newest of each lane of a node's last start is remembered, and the key once")
    func contract() async throws {
        try await hold(InMemoryAuditHeads())
        try await hold(try await SQLiteStore.open(folder: folder))
    }

    @Test("they are there after a restart, for who only reads too, and forbid a new root")
    func durable() async throws {
        do {
            let store = try await SQLiteStore.open(folder: folder)
            try await hold(store)
            let reader = try await SQLiteStore.openForReading(folder: folder)
            #expect(try await reader.auditHeads().count == 2)
            let another = try head(1, lane: 0, start: 3)
            await #expect(throws: StoreError.self) { try await reader.saveAuditHeads([another]) }
        }
        let store = try await SQLiteStore.open(folder: folder)
        #expect(try await store.auditHeads().count == 2)
        #expect(try await store.auditKey() != nil)
        #expect(try await store.holdsSealedRows(of: .server))
    }

    @Test("with them, records that the trail has leave the outbox")
    func outbox() async throws {
        let store = try await SQLiteStore.open(folder: folder)
        let record = AuditRecord(
            time: Timestamp(seconds: 1),
            requestID: UUIDBytes(high: 3, low: 3),
            account: nil,
            principal: nil,
            accessKeyID: nil,
            region: nil,
            source: "s",
            action: "CreateKey",
            resources: [],
            key: nil,
            version: nil,
            outcome: .success,
            errorCode: nil,
            duration: 1
        )
        try await store.apply(Change([.insertKey(Key.example(UUIDBytes(high: 1, low: 1)))], audit: record))
        store.acknowledgeAudit(of: record.requestID)
        try await store.saveAuditHeads([try head(1, lane: 0, start: 1)])
        let reader = try await SQLiteStore.openForReading(folder: folder)
        #expect(try await reader.unacknowledgedAuditLines().isEmpty)
    }
}
