import FoundationEssentials
import Glibc
import KMSAccess
import KMSCore
import KMSCrypto
import KMSTestKit
import Synchronization
import Testing

@testable import KMSProtection
@testable import KMSServer

/// A trail in a folder of its own, with a seal and a store of heads; opened and closed as a server would.
final class AuditBench: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keyhold-audit-\(UUID().uuidString)")
    let root: RootKeyRing
    let heads = InMemoryAuditHeads()
    let time = FixedTime()
    let ids = CountingIDs()

    var path: String { folder.appending(path: "audit.jsonl").path }

    /// - Parameter generation: of the root key.
    init(generation: UInt32 = 1) throws {
        let secret = SecretBytes(copying: Array(repeating: 7, count: 32))
        root = try RootKeyRing(RootKey(generation: generation, secret: secret))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func seal() async throws -> RootAuditSeal { try await RootAuditSeal.open(root, keptIn: heads, at: time.now()) }

    func open(
        _ options: AuditOptions = AuditOptions(),
        outbox: some AuditOutbox = Outbox([]),
        path: String? = nil
    ) async throws -> FileAuditLog {
        try await FileAuditLog.open(
            path: path ?? self.path,
            options,
            sealedBy: try await seal(),
            heads: heads,
            outbox: outbox,
            ids: ids,
            time: time
        )
    }

    /// Why the trail cannot be opened; nil where it can.
    func refusal(toOpen path: String) async -> String? {
        do { _ = try await open(path: path) } catch let error as AuditError { return error.reason } catch {
            return "\(error)"
        }
        return nil
    }

    /// The trail's files, oldest first.
    func files() throws -> [String] { try AuditFolder(path: path).newestFirst().reversed() }

    func bytes() throws -> [UInt8] { try files().flatMap { Array(try Data(contentsOf: URL(filePath: $0))) } }

    /// The lines of all files together.
    func lines() throws -> [String] {
        try bytes().split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    func write(_ lines: some Sequence<String>) throws { try write(lines.map { "\($0)\n" }.joined()) }

    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    /// What verifying the files shows.
    func verify(
        _ heads: [AuditHead]? = nil,
        hasRoot: Bool = true,
        isPartial: Bool = false,
        files: [String]? = nil
    ) async throws -> AuditReport {
        let seal = try await seal()
        let publicKey: AuditPublicKey = try #require(AuditPublicKey(seal.publicKey))
        let lanes = try AuditLaneKeys(root: root.current)
        var verifier = AuditVerifier(
            publicKey: publicKey,
            heads: heads ?? self.heads.heads,
            isPartial: isPartial,
            laneKeys: hasRoot ? { place, generation in try? lanes.first(place, generation: generation) } : nil
        )
        for file in try files ?? self.files() { try verifier.read(file: file) }
        return verifier.finish()
    }

    func record(
        _ number: UInt64,
        at seconds: Int64 = 1_800_000_000,
        account: String? = "1000",
        source: String = "192.0.2.1",
        code: String? = nil
    ) -> AuditRecord {
        AuditRecord(
            time: Timestamp(seconds: seconds),
            requestID: UUIDBytes(high: 9, low: number),
            account: account.flatMap { AccountID($0) },
            principal: account.map { _ in "root" },
            accessKeyID: "key \(number)",
            region: nil,
            source: source,
            action: "Encrypt",
            resources: ["acs:kms:cn-hangzhou:1000:key/\(number)"],
            key: nil,
            version: nil,
            outcome: account == nil ? .refused : .success,
            errorCode: account == nil ? code ?? "SignatureDoesNotMatch" : nil,
            duration: 1
        )
    }
}

/// An outbox that keeps what it was told.
final class Outbox: AuditOutbox {
    private let waiting: [(requestID: UUIDBytes, line: [UInt8])]
    private let told = Mutex<[UUIDBytes]>([])
    var acknowledged: [UUIDBytes] { told.withLock { $0 } }

    init(_ records: [AuditRecord]) { waiting = records.map { ($0.requestID, $0.line) } }

    init(lines: [(requestID: UUIDBytes, line: [UInt8])]) { waiting = lines }

    func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] { waiting }
    func acknowledgeAudit(of requestID: UUIDBytes) { told.withLock { $0.append(requestID) } }
}

extension AuditLine {
    init?(_ line: String) { self.init(Array(line.utf8)) }
}

extension [String] {
    /// The lines that are about requests, by the number that ``AuditBench/record(_:at:account:source:code:)`` was given.
    var requests: [UInt64] {
        compactMap { line in AuditLine.request(of: [UInt8](line.utf8)[...])?.requestID.low }
    }

    var kinds: [AuditLine.Kind?] { map { AuditLine($0)?.kind } }
}
