import FoundationEssentials
import KMSAccess
import KMSCore
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSProtection
@testable import KMSServer

@Suite("What outlives a rotation of the root key, and what does not", .timeLimit(.minutes(10)))
struct RotationTokenTests {
    private let folder: DataFolder
    private let clock = ManualClock()

    init() throws { folder = try DataFolder() }

    private func serving<Value: Sendable>(
        _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Value
    ) async throws -> Value {
        try await withRestartedService(folder, at: clock, body)
    }

    @Test("sessions and import tokens stay good until they expire, over a restart too")
    func tokensLive() async throws {
        let (session, external) = try await serving { service, client in
            let people = try await People.make(in: service)
            let session = client.with(try await people.session(client))
            let external = try await ExternalKey(client)
            #expect(try await session.call("DescribeRegions").status == 200)
            _ = try await service.rotation.rotateRootKey(atOnce: false)
            #expect(await service.rotation.proceed() == [])
            #expect(try await session.call("DescribeRegions").status == 200)
            #expect(try await client.with(try await people.session(client)).call("DescribeRegions").status == 200)
            try await external.load(RotationScene.material)
            return (session.user, external)
        }
        try await serving { service, client in
            #expect(try await client.with(session).call("DescribeRegions").status == 200)
            try await external.with(client).load(RotationScene.material)
            clock.advance(seconds: RootRotation.tokenLife)
            #expect(await service.rotation.proceed() == [])
            #expect(try await service.rotation.rootKeyState().rotation == nil)
            let code = try await external.with(client).code("ImportKeyMaterial", external.garbage)
            #expect(code == "InvalidImportToken")
        }
    }

    @Test("at once, they end at once, also those that were in use, and also in a rotation that is under way")
    func tokensEnd() async throws {
        try await serving { service, client in
            let people = try await People.make(in: service)
            for isUnderWay in [false, true] {
                let session = client.with(try await people.session(client))
                let external = try await ExternalKey(client)
                #expect(try await session.call("DescribeRegions").status == 200)
                if isUnderWay { _ = try await service.rotation.rotateRootKey(atOnce: false) }
                #expect(try await session.call("DescribeRegions").status == 200)
                _ = try await service.rotation.rotateRootKey(atOnce: true)
                let refused = try await session.call("DescribeRegions").json()["Code"]?.string
                #expect(refused == "InvalidSecurityToken.Malformed")
                #expect(try await external.code("ImportKeyMaterial", external.garbage) == "InvalidImportToken")
                #expect(try await client.with(try await people.session(client)).call("DescribeRegions").status == 200)
                #expect(await service.rotation.proceed() == [])
                #expect(try await service.rotation.rootKeyState().rotation == nil)
            }
        }
    }

    @Test("at once means so after a restart in the middle")
    func tokensEndAfterRestart() async throws {
        let session = try await serving { service, client in
            let people = try await People.make(in: service)
            let session = try await people.session(client)
            _ = try await service.rotation.rotateRootKey(atOnce: true)
            return session
        }
        try await serving { service, client in
            #expect(service.root.previous != nil)
            let refused = try await client.with(session).call("DescribeRegions").json()["Code"]?.string
            #expect(refused == "InvalidSecurityToken.Malformed")
        }
    }

    @Test("a request that changed something before a rotation is not taken again after it and a restart")
    func replays() async throws {
        var requests: [[UInt8]] = []
        for _ in 0..<3 {
            let request = try await serving { service, client in
                let request = try client.request("CreateKey", [], nonce: UUID().uuidString)
                #expect(try await client.send(request).status == 200)
                _ = try await service.rotation.rotateRootKey(atOnce: true)
                #expect(await service.rotation.proceed() == [])
                return request
            }
            requests.append(request)
            let sent = requests
            try await serving { _, client in
                for request in sent {
                    let again = try await client.send(request).json()["Code"]?.string
                    #expect(again == "SignatureNonceUsed")
                }
            }
        }
    }

    @Test("the audit trail is whole by its MACs over generations")
    func audit() async throws {
        let path = folder.path
        for _ in 0..<3 {
            try await serving { service, client in
                _ = try await client.createKey()
                _ = try await service.rotation.rotateRootKey(atOnce: true)
                _ = try await client.createKey()
                #expect(await service.rotation.proceed() == [])
                _ = await service.audit.tend(isLast: true)
            }
        }
        try await serving { service, client in
            _ = await service.audit.tend(isLast: true)
            let lanes = try await LastingKeys.open(service.root, keptIn: service.database).auditLanes
            let record = try #require(try await service.database.auditKey())
            func report(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> AuditReport {
                var verifier = AuditVerifier(publicKey: AuditPublicKey(record.publicKey)) { place, generation in
                    try? lanes.first(place, generation: generation)
                }
                var bytes = Array(try Data(contentsOf: URL(filePath: "\(path)/audit.jsonl")))
                change(&bytes)
                for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
                    verifier.read(line, of: "audit.jsonl", number: index + 1)
                }
                return verifier.finish()
            }
            let whole = try report()
            #expect(whole.findings == [] && whole.hasCheckedCodes && whole.starts == 4)
            // A MAC is asked for, and not passed over for want of a key.
            let forged = try report { bytes in
                if let end = bytes.lastIndex(of: UInt8(ascii: "}")) { bytes[end - 2] ^= 1 }
            }
            #expect(forged.findings != [])
        }
    }
}
