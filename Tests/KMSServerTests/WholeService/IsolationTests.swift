import FoundationEssentials
import KMSCore
import Testing

@testable import KMSServer

@Suite(.timeLimit(.minutes(10))) struct IsolationTests {
    /// An answer without what differs from one request to the next.
    private struct Face: Equatable {
        let status: Int
        let code: JSON?
        let message: JSON?
        let recommendation: JSON?

        init(_ answer: HTTPAnswer) throws {
            status = answer.status
            let body = try answer.json()
            (code, message, recommendation) = (body["Code"], body["Message"], body["Recommend"])
        }
    }

    /// Every operation that takes a KeyId, with what else it needs.
    private static let keyed: [(action: String, rest: [(String, String)])] = [
        ("GetParametersForImport", [("WrappingAlgorithm", "RSAES_OAEP_SHA_1"), ("WrappingKeySpec", "RSA_2048")]),
        ("ImportKeyMaterial", [("EncryptedKeyMaterial", "AAAA"), ("ImportToken", "AAAA")]), ("DeleteKeyMaterial", []),
        ("DescribeKey", []), ("EnableKey", []), ("DisableKey", []), ("CancelKeyDeletion", []),
        ("ScheduleKeyDeletion", [("PendingWindowInDays", "7")]), ("UpdateKeyDescription", [("Description", "mine")]),
        ("SetDeletionProtection", [("EnableDeletionProtection", "true")]),
        ("CreateAlias", [("AliasName", "alias/new")]), ("UpdateAlias", [("AliasName", "alias/bob")]),
        ("ListAliasesByKeyId", []), ("Encrypt", [("Plaintext", "x")]), ("GenerateDataKey", []),
        ("GenerateDataKeyWithoutPlaintext", []), ("UpdateRotationPolicy", [("EnableAutomaticRotation", "false")]),
        ("ListKeyVersions", []), ("TagResource", [("Tags", #"[{"TagKey":"a","TagValue":"b"}]"#)]),
        ("UntagResource", [("TagKeys", #"["a"]"#)]), ("ListResourceTags", []),
    ]

    private static let resources: [(action: String, rest: [(String, String)])] = [
        ("TagResources", [("Tag.1.Key", "a")]), ("UntagResources", [("TagKey.1", "a")]), ("ListTagResources", []),
    ]

    /// Each way to name Alice's key, and the same for one that never existed.
    private static func names(of hers: String, _ unknown: String) -> [(foreign: String, never: String)] {
        let owner = "acs:kms:cn-hangzhou:\(User.alice.account)"
        let own = "acs:kms:cn-hangzhou:\(User.bob.account)"
        return [
            (hers, unknown), ("\(owner):key/\(hers)", "\(own):key/\(unknown)"), ("\(own):key/\(hers)", unknown),
            ("\(owner):key/\(hers)", "\(owner):key/\(unknown)"), ("alias/alice", "alias/never"),
            ("\(owner):alias/alice", "\(own):alias/never"), ("\(own):alias/alice", "alias/never"),
        ]
    }

    @Test("what belongs to another account is answered exactly like what never existed")
    func foreignIsAbsent() async throws {
        try await withWholeService(try DataFolder(), users: [.alice, .bob]) { service, alice in
            let bob = alice.with(.bob)
            let hers = try await alice.createKey()
            let his = try await bob.createKey()
            _ = try await alice.call("CreateAlias", ["KeyId": hers, "AliasName": "alias/alice"])
            _ = try await bob.call("CreateAlias", ["KeyId": his, "AliasName": "alias/bob"])
            let version = try await alice.text("KeyVersionId", of: "Encrypt", ["KeyId": hers, "Plaintext": "x"])
            let blob = try await alice.text("CiphertextBlob", of: "Encrypt", ["KeyId": hers, "Plaintext": "x"])
            let before = try await service.database.dump()

            @Sendable func compare(_ action: String, _ foreign: [(String, String)], _ never: [(String, String)])
                async throws
            {
                let answered = try Face(try await bob.call(action, pairs: foreign))
                let expected = try Face(try await bob.call(action, pairs: never))
                #expect(answered == expected, "\(action) \(foreign)")
                #expect(answered.status >= 400, "\(action) \(foreign)")
            }

            let unknown = UUID().uuidString.lowercased()
            for (foreign, never) in Self.names(of: hers, unknown) {
                for (action, rest) in Self.keyed {
                    try await compare(action, [("KeyId", foreign)] + rest, [("KeyId", never)] + rest)
                }
                for (action, rest) in Self.resources {
                    let common = [("RegionId", "cn-hangzhou"), ("ResourceType", "key")] + rest
                    try await compare(action, [("ResourceId.1", foreign)] + common, [("ResourceId.1", never)] + common)
                }
            }
            for key in [hers, his] {
                try await compare(
                    "DescribeKeyVersion",
                    [("KeyId", key), ("KeyVersionId", version)],
                    [("KeyId", key == his ? his : unknown), ("KeyVersionId", unknown)]
                )
            }
            for action in ["DeleteAlias", "UpdateAlias"] {
                let rest = [("KeyId", his)]
                try await compare(action, [("AliasName", "alias/alice")] + rest, [("AliasName", "alias/never")] + rest)
            }
            let strange = try blob.withVersionReplaced()
            for context in [[], [("EncryptionContext", #"{"a":"b"}"#)]] {
                try await compare(
                    "Decrypt",
                    [("CiphertextBlob", blob)] + context,
                    [("CiphertextBlob", strange)] + context
                )
            }
            for destination in [his, unknown, hers] {
                let rest = [("DestinationKeyId", destination)]
                try await compare("ReEncrypt", [("CiphertextBlob", blob)] + rest, [("CiphertextBlob", strange)] + rest)
            }
            let after = try await service.database.dump()
            #expect(after == before)
        }
    }

    @Test("two accounts use the same alias names at the same time, and each finds its own keys alone")
    func sameNames() async throws {
        try await withWholeService(try DataFolder(), users: [.alice, .bob]) { _, client in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for user in [User.alice, .bob] {
                    tasks.addTask { try await Self.hammer(client.with(user)) }
                }
                try await tasks.waitForAll()
            }
            for user in [User.alice, .bob] {
                for action in ["ListKeys", "ListAliases"] {
                    let listing = try await client.with(user).call(action).json()
                    #expect(listing["TotalCount"] == .number(action == "ListKeys" ? 2 : 0))
                }
            }
        }
    }

    /// Creates, reads, moves, reads and deletes aliases whose names the other account uses as well.
    private static func hammer(_ client: SigningClient) async throws {
        let keys = [try await client.createKey(), try await client.createKey()]
        for round in 0..<20 {
            let alias = "alias/shared-\(round % 3)"
            let (first, second) = (keys[round % 2], keys[(round + 1) % 2])
            #expect(try await client.call("CreateAlias", ["KeyId": first, "AliasName": alias]).status == 200)
            #expect(try await client.text("KeyId", of: "Encrypt", ["KeyId": alias, "Plaintext": "x"]) == first)
            #expect(try await client.call("UpdateAlias", ["KeyId": second, "AliasName": alias]).status == 200)
            #expect(try await client.text("KeyId", of: "Encrypt", ["KeyId": alias, "Plaintext": "x"]) == second)
            #expect(try await client.call("DeleteAlias", ["AliasName": alias]).status == 200)
            #expect(try await client.call("Encrypt", ["KeyId": alias, "Plaintext": "x"]).status == 404)
        }
    }
}

extension String {
    /// A ciphertext like this one whose version never existed.
    fileprivate func withVersionReplaced() throws -> String {
        var bytes = Array(try requireValue(Data(base64Encoded: self)))
        for offset in 2..<CiphertextBlob.headerByteCount { bytes[offset] ^= 0x5A }
        return Data(bytes).base64EncodedString()
    }
}
