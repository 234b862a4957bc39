import KMSAccess
import KMSCore
import KMSProtection
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
        let clock = clock
        try await restarted(users: [.alice]) { service, client in
            _ = try await client.createKey()
            for (number, record) in records.enumerated() {
                let account = Account(
                    id: try requireValue(AccountID("200000000000000\(number)")),
                    createdAt: clock.now()
                )
                try await service.database.apply(Change([.insertAccount(account)], audit: record))
                // The first reaches the trail unacknowledged, and the second in part; the third never comes.
                if number < 2 { try service.audit.write(record) }
            }
        }
        let whole = try folder.trail()
        let torn = String(try #require(whole.last).prefix(300))
        try folder.write((whole.dropLast() + [torn]).joined(separator: "\n"), to: "audit.jsonl")
        for _ in 0..<3 {
            try await restarted()
            let trail = try folder.trail()
            #expect(trail.contains(torn))
            #expect(trail.requests.filter { $0 < 4 } == [1, 2, 3])
            #expect(trail.kinds.count { $0 == .recovered } == 2)
        }
        try await expectWhole()
    }

    @Test("the record of a change whose line was lost with the file's end comes back")
    func lostEnd() async throws {
        try await restarted(users: [.alice]) { _, client in
            for _ in 0..<3 { _ = try await client.createKey() }
        }
        let whole = try folder.trail()
        #expect(whole.requests.count == 3)
        try folder.write(whole.dropLast().map { "\($0)\n" }.joined(), to: "audit.jsonl")
        try await restarted { _, client in _ = try await client.call("ListKeys") }
        let recovered = try folder.trail()
        #expect(recovered.requests.count == 4)
        // The duration of the request's answer is not known when its change is committed; all else is the same.
        let trails = [whole, recovered].map { $0.filter { !$0.requests.isEmpty }.prefix(3).map(Self.members) }
        #expect(trails[0] == trails[1])
    }

    @Test("a change of every server since is in the trail once, though each died without a farewell")
    func manyCrashes() async throws {
        for round in 0..<4 {
            try await restarted(users: round == 0 ? [.alice] : []) { service, client in
                for _ in 0..<3 { _ = try await client.createKey() }
                if round == 2 { _ = await service.audit.tend() }
            }
        }
        let requests = try folder.trail().requests
        #expect(requests.count == 12 && Set(requests).count == 12)
        try await expectWhole()
    }

    /// Expects that nothing is missing or wrong, by the root key, the signatures and the database.
    private func expectWhole() async throws {
        let path = folder.path
        try await restarted { service, _ in
            _ = await service.audit.tend(isLast: true)
            let seal = try await RootAuditSeal.open(service.root, keptIn: service.database, at: Timestamp(seconds: 0))
            var verifier = AuditVerifier(
                publicKey: AuditPublicKey(seal.publicKey),
                heads: try await service.database.auditHeads()
            ) { place, _ in try? seal.laneKey(place) }
            try verifier.read(file: "\(path)/audit.jsonl")
            #expect(verifier.finish().findings == [])
        }
    }

    /// What a line says of its request, without the time that it took.
    private static func members(_ line: String) -> Substring {
        let start = line.firstRange(of: #""time""#)?.lowerBound ?? line.startIndex
        return line[start..<(line.firstRange(of: #","duration""#)?.lowerBound ?? line.endIndex)]
    }
}

extension String {
    /// The number of the request that the line is about; none for other lines.
    fileprivate var requests: [UInt64] { [self].requests }
}
