import KMSCore
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSServer

@Suite(.timeLimit(.minutes(10))) struct AuditRecoveryTests {
    private let folder: DataFolder
    private let clock = ManualClock()

    init() throws { folder = try DataFolder() }

    private func restarted(
        users: [User] = [],
        _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Void = { _, _ in }
    ) async throws {
        try await withWholeService(folder, at: clock, users: users, body)
    }

    private func record(_ number: UInt64) -> AuditRecord {
        AuditRecord(
            time: clock.now(),
            requestID: UUIDBytes(high: 77, low: number),
            account: AccountID(User.alice.account),
            principal: "root",
            accessKeyID: User.alice.accessKeyID,
            region: RegionID(WholeService.region),
            source: "192.0.2.1",
            action: "CreateKey",
            resources: [],
            key: nil,
            version: nil,
            outcome: .success,
            errorCode: nil,
            duration: 1
        )
    }

    @Test("records that a crash kept from the trail come back once, and only those")
    func outbox() async throws {
        let records = (1...3).map { record($0) }
        let lines = records.map { String(decoding: $0.line, as: UTF8.self) }
        let clock = clock
        try await restarted(users: [.alice]) { service, client in
            _ = try await client.createKey()
            for (number, record) in records.enumerated() {
                let account = Account(
                    id: try requireValue(AccountID("200000000000000\(number)")),
                    createdAt: clock.now()
                )
                try await service.database.apply(Change([.insertAccount(account)], audit: record))
            }
        }
        // The first reached the trail unacknowledged, the second was torn, the third never came.
        let written = try folder.trail()
        try folder.write(
            (written + [lines[0], String(lines[1].prefix(60))]).joined(separator: "\n"),
            to: "audit.jsonl"
        )
        for _ in 0..<3 {
            try await restarted()
            #expect(try folder.trail() == written + [lines[0], String(lines[1].prefix(60)), lines[1], lines[2]])
        }
    }

    @Test("the record of a change whose line was lost with the file's end comes back")
    func lostEnd() async throws {
        try await restarted(users: [.alice]) { _, client in
            for _ in 0..<3 { _ = try await client.createKey() }
        }
        let whole = try folder.trail()
        #expect(whole.count == 3)
        try folder.write(whole.dropLast().map { "\($0)\n" }.joined(), to: "audit.jsonl")
        try await restarted { _, client in _ = try await client.call("ListKeys") }
        let recovered = try folder.trail()
        #expect(recovered.count == 4)
        // The duration of the request's answer is not known when its change is committed; all else is the same.
        #expect(recovered.prefix(3).map(Self.withoutDuration) == whole.map(Self.withoutDuration))
    }

    private static func withoutDuration(_ line: String) -> Substring {
        line[..<(line.firstRange(of: #","duration""#)?.lowerBound ?? line.endIndex)]
    }
}
