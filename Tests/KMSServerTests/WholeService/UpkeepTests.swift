import FoundationEssentials
import GRDB
import KMSCore
import KMSTestKit
import Testing

@testable import KMSServer
@testable import KMSStorage

/// What the service does by itself, as a client sees it over the wire.
@Suite(.timeLimit(.minutes(10))) struct WholeServiceUpkeepTests {
    private static let week: Int64 = 7 * 86_400
    private let folder: DataFolder
    private let clock = ManualClock()

    init() throws { folder = try DataFolder() }

    private func withService<Value: Sendable>(
        _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Value
    ) async throws -> Value { try await withWholeService(folder, at: clock, body) }

    @Test("a key rotates by itself: new ciphertexts name the new version, old ones still open, after a restart too")
    func rotation() async throws {
        let blobs = try await withService { [clock] service, client in
            let key = try await client.createKey(["EnableAutomaticRotation": "true", "RotationInterval": "7d"])
            var versions: [String] = []
            var blobs: [String] = []
            for round in 0..<3 {
                let metadata = try await client.call("DescribeKey", ["KeyId": key]).json()["KeyMetadata"]
                let primary = try requireValue(metadata?["PrimaryKeyVersion"]?.string)
                #expect(!versions.contains(primary))
                versions.append(primary)
                #expect(metadata?["LastRotationDate"]?.string == clock.now().description)
                #expect(metadata?["NextRotationDate"]?.string == clock.now().adding(seconds: Self.week).description)
                let sealed = try await client.call("Encrypt", ["KeyId": key, "Plaintext": "round \(round)"]).json()
                #expect(sealed["KeyVersionId"]?.string == primary)
                blobs.append(try requireValue(sealed["CiphertextBlob"]?.string))
                for (index, blob) in blobs.enumerated() {
                    let opened = try await client.call("Decrypt", ["CiphertextBlob": blob]).json()
                    #expect(opened["Plaintext"]?.string == "round \(index)")
                    #expect(opened["KeyVersionId"]?.string == versions[index])
                }
                let listed = try await client.call("ListKeyVersions", ["KeyId": key]).json()
                #expect(listed["TotalCount"] == .number(round + 1))
                clock.advance(seconds: Self.week - 1)
                #expect(await service.upkeep.run(mayDestroy: true) == [])
                let early = try await client.call("DescribeKey", ["KeyId": key]).json()["KeyMetadata"]
                #expect(early == metadata)
                clock.advance(seconds: 1)
                #expect(await service.upkeep.run(mayDestroy: true) == [])
            }
            return blobs
        }
        try await withService { _, client in
            for (index, blob) in blobs.enumerated() {
                let opened = try await client.with(.v3).text("Plaintext", of: "Decrypt", ["CiphertextBlob": blob])
                #expect(opened == "round \(index)")
            }
        }
    }

    @Test("a key past its window is not found for any request, on the second, before and after upkeep has seen to it")
    func pastTheWindow() async throws {
        try await withService { [clock] service, client in
            let key = try await client.createKey()
            let blob = try await client.text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": "gone"])
            _ = try await client.call("CreateAlias", ["KeyId": key, "AliasName": "alias/ending"])
            _ = try await client.call("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": "7"])
            clock.advance(seconds: Self.week - 1)
            #expect(await service.upkeep.run(mayDestroy: true) == [])
            let ending = try await client.call("DescribeKey", ["KeyId": key]).json()
            #expect(ending["KeyMetadata"]?["KeyState"]?.string == "PendingDeletion")
            #expect(try await client.call("Decrypt", ["CiphertextBlob": blob]).json()["Code"]?.string != nil)
            clock.advance(seconds: 1)
            for stage in ["by the clock", "retired", "destroyed"] {
                let requests: [(String, KeyValuePairs<String, String>)] = [
                    ("DescribeKey", ["KeyId": key]), ("Encrypt", ["KeyId": key, "Plaintext": "x"]),
                    ("Decrypt", ["CiphertextBlob": blob]), ("CancelKeyDeletion", ["KeyId": key]),
                    ("ListKeyVersions", ["KeyId": key]),
                ]
                for (action, parameters) in requests {
                    let answer = try await client.call(action, parameters)
                    #expect(answer.status == 404, "\(action) \(stage)")
                    #expect(try answer.json()["Code"]?.string == "Forbidden.KeyNotFound", "\(action) \(stage)")
                }
                for listing in ["ListKeys", "ListAliases"] {
                    #expect(try await client.call(listing).json()["TotalCount"] == .number(0), "\(listing) \(stage)")
                }
                if stage == "retired" { clock.advance(seconds: 86_400) }
                #expect(await service.upkeep.run(mayDestroy: true) == [])
            }
        }
    }

    /// The sealed material of a key's only version.
    private static func material(of key: String, _ service: WholeService) async throws -> [UInt8] {
        try await service.database.pool.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT hex(key_id), sealed_material FROM versions")
            let name = key.replacing("-", with: "").uppercased()
            let row = try requireValue(rows.first { ($0[0] as String) == name })
            return [UInt8](row[1] as Data)
        }
    }

    private static func isInFile(_ bytes: [UInt8], of folder: DataFolder) throws -> Bool {
        try folder.files().values.contains { contains($0, bytes) }
    }

    private static func claims(in folder: DataFolder) throws -> Int {
        try folder.trail().count { $0.contains("UpkeepDestroyKey") }
    }

    @Test("the trail claims a destruction only when the bytes have left the files, be it in the next process")
    func destruction() async throws {
        let sealed = try await withService { [folder, clock] service, client in
            let key = try await client.createKey()
            let sealed = try await Self.material(of: key, service)
            _ = try await client.call("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": "7"])
            clock.advance(seconds: Self.week)
            #expect(await service.upkeep.run(mayDestroy: true) == [])
            clock.advance(seconds: 86_400)
            let reader = try service.database.pool.makeSnapshot()
            for _ in 0..<2 {
                let troubles = await service.upkeep.run(mayDestroy: true)
                #expect(troubles.count == 1 && troubles[0].contains("still there"))
                #expect(try Self.isInFile(sealed, of: folder))
                #expect(try Self.claims(in: folder) == 0)
            }
            // Requests are served meanwhile.
            _ = try await client.createKey()
            _ = consume reader
            return sealed
        }
        try await withService { [folder] service, _ in
            var claims = try Self.claims(in: folder)
            #expect(claims == 0)
            for _ in 0..<2 {
                #expect(await service.upkeep.run(mayDestroy: true) == [])
                claims = try Self.claims(in: folder)
                #expect(claims == 1)
                #expect(try !Self.isInFile(sealed, of: folder))
            }
        }
    }
}
