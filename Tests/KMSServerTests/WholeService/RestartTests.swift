import KMSCore
import KMSProtection
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSServer

@Suite(.timeLimit(.minutes(10))) struct RestartTests {
    private let folder: DataFolder
    private let clock = ManualClock()

    init() throws { folder = try DataFolder() }

    /// The next life of the server on the same folder; the accounts are there from the first one on.
    @discardableResult
    private func restarted<Value: Sendable>(
        users: [User] = [],
        _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Value
    ) async throws -> Value {
        try await withWholeService(folder, at: clock, users: users, body)
    }

    private struct Kept: Sendable, Equatable {
        let metadata: JSON?
        let tags: JSON?

        init(_ client: SigningClient) async throws {
            metadata = try await client.call("DescribeKey", ["KeyId": "alias/kept"]).json()["KeyMetadata"]
            let key = try requireValue(metadata?["KeyId"]?.string)
            tags = try requireValue(try await client.call("ListResourceTags", ["KeyId": key]).json()["Tags"])
        }
    }

    @Test("keys, aliases, tags, ciphertexts and access keys work after a restart")
    func everythingIsThere() async throws {
        let context = #"{"purpose":"restart"}"#
        let (kept, blob) = try await restarted(users: [.alice, .bob]) { _, client in
            let key = try await client.createKey([
                "Description": "kept", "EnableAutomaticRotation": "true", "RotationInterval": "7d",
            ])
            _ = try await client.call("CreateAlias", ["KeyId": key, "AliasName": "alias/kept"])
            _ = try await client.call("TagResource", ["KeyId": key, "Tags": #"[{"TagKey":"a","TagValue":"b"}]"#])
            let blob = try await client.text(
                "CiphertextBlob",
                of: "Encrypt",
                ["KeyId": "alias/kept", "Plaintext": "kept", "EncryptionContext": context]
            )
            return (try await Kept(client), blob)
        }
        for _ in 0..<2 {
            try await restarted { _, client in
                let found = try await Kept(client)
                #expect(found == kept)
                let opened = try await client.with(.v3).text(
                    "Plaintext",
                    of: "Decrypt",
                    ["CiphertextBlob": blob, "EncryptionContext": context]
                )
                #expect(opened == "kept")
                #expect(try await client.with(.bob).call("ListKeys").json()["TotalCount"] == .number(0))
            }
        }
    }

    @Test("a CreateKey request that was served is refused when it is sent again after a restart")
    func replay() async throws {
        let requests = try await restarted(users: [.alice]) { _, client in
            let requests = try SigningClient.Scheme.allCases.map { scheme in
                try client.with(scheme).request("CreateKey", [("Description", "once")])
            }
            for request in requests { #expect(try await client.send(request).status == 200) }
            return requests
        }
        try await restarted { _, client in
            for request in requests {
                let answer = try await client.send(request)
                #expect(answer.status == 400)
                #expect(try answer.json()["Code"]?.string == "SignatureNonceUsed")
            }
            #expect(try await client.call("ListKeys").json()["TotalCount"] == .number(requests.count))
        }
    }

    @Test("a second opener of the folder is refused, and the first goes on")
    func secondOpener() async throws {
        try await restarted(users: [.alice]) { [folder] _, client in
            #expect(await Self.refusal(toOpen: folder)?.contains("Another process uses the data folder") == true)
            _ = try await client.createKey()
        }
    }

    private static func refusal(toOpen folder: DataFolder) async -> String? {
        do {
            _ = try await SQLiteStore.open(folder: folder.path)
            return nil
        } catch { return "\(error)" }
    }

    @Test("the connection that writes syncs fully, after a restart as well")
    func fullSync() async throws {
        for users in [[User.alice], []] {
            try await restarted(users: users) { service, _ in
                let synchronous = try await service.database.writerSynchronous()
                #expect(synchronous == 2)
            }
        }
    }
}
