import FoundationEssentials
import KMSCore
import KMSCrypto
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSProtection
@testable import KMSServer

@Suite(.timeLimit(.minutes(10))) struct SecretsStayInsideTests {
    private static let plaintext = "PlaintextSentinel-5hZ"
    private static let context = #"{"ContextKeySentinel":"ContextSentinel-8uW"}"#
    private static let token = "TokenSentinel-3pR"
    private static let wrong = User(
        account: User.alice.account,
        accessKeyID: User.alice.accessKeyID,
        secret: "WrongSecretSentinel-2mB"
    )
    /// What may stand in the database, and nowhere else.
    private static let words = ["DescriptionSentinel-1", "TagSentinel-4", "ProtectionSentinel-6"]

    @Test("no log line, audit record or file holds a plaintext, a context or a secret")
    func nothingLeaks() async throws {
        let (folder, log) = (try DataFolder(), CollectedLog())
        let (made, open) = try await withWholeService(folder, log: log, users: [.alice, .bob]) { service, client in
            var secrets: [[UInt8]] = []
            for scheme in SigningClient.Scheme.allCases {
                let client = client.with(scheme)
                let (key, dataKey) = try await Self.everyOperation(client)
                secrets += try await Self.asymmetricOperations(client, in: service)
                secrets += try await Self.importOperations(client)
                secrets += try await Self.certificateOperations(client, in: service)
                try await Self.failures(client, key)
                secrets.append(Array(dataKey.utf8))
                secrets.append(Array(try requireValue(Data(base64Encoded: dataKey))))
                secrets.append(try await Self.material(of: key, in: service))
            }
            secrets.append(service.root.current.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } })
            // The write-ahead log among them, which goes when the database is closed.
            return (secrets, try folder.files())
        }
        let texts = [
            "PlaintextSentinel", "ContextKeySentinel", "ContextSentinel", Self.token, User.alice.secret,
            User.bob.secret, Self.wrong.secret,
        ]
        var forbidden = made
        for secret in made + [Self.plaintext, User.alice.secret, Self.wrong.secret].map({ Array($0.utf8) }) {
            forbidden.append(Array(Data(secret).base64EncodedString().utf8))
        }
        forbidden += texts.map { Array($0.utf8) }
        let files = try folder.files()
        let logged = Array(log.text.utf8)
        let trail = try requireValue(files["audit.jsonl"])
        for secret in forbidden {
            let shown = String(decoding: secret, as: UTF8.self)
            #expect(!contains(logged, secret), "\(shown) is in the log")
            for (name, bytes) in Array(open) + Array(files) {
                #expect(!contains(bytes, secret), "\(shown) is in \(name)")
            }
        }
        for word in Self.words.map({ Array($0.utf8) }) {
            // The search finds what is there.
            #expect(files.contains { $0.key.hasPrefix("keyhold.sqlite") && contains($0.value, word) })
            #expect(!contains(logged, word) && !contains(trail, word))
        }
        #expect(log.text.contains("request refused"))
        for name in Catalogue.kms().names { #expect(contains(trail, Array(#""action":"\#(name)""#.utf8)), "\(name)") }
    }

    /// Performs every operation with success where that is possible; the key, and a data key's plaintext.
    private static func everyOperation(_ client: SigningClient) async throws -> (key: String, dataKey: String) {
        let tags = #"[{"TagKey":"t","TagValue":"\#(words[1])"}]"#
        let key = try await client.createKey(["Description": words[0], "Tags": tags])
        let (named, alias) = (("KeyId", key), ("AliasName", "alias/\(client.scheme)"))
        let context = ("EncryptionContext", context)
        let encrypt: KeyValuePairs = [
            "KeyId": key, "Plaintext": plaintext, context.0: context.1,
        ]
        let blob = try await client.text("CiphertextBlob", of: "Encrypt", encrypt)
        let version = try await client.text("KeyVersionId", of: "Encrypt", encrypt)
        let dataKey = try await client.text("Plaintext", of: "GenerateDataKey", ["KeyId": key, context.0: context.1])
        let resources = [("RegionId", WholeService.region), ("ResourceType", "key"), ("ResourceId.1", key)]
        let calls: [(String, [(String, String)])] = [
            ("DescribeKey", [named]), ("ListKeys", []), ("DisableKey", [named]), ("EnableKey", [named]),
            ("UpdateKeyDescription", [named, ("Description", words[0])]), ("CreateAlias", [named, alias]),
            ("UpdateAlias", [named, alias]), ("ListAliases", []), ("ListAliasesByKeyId", [named]),
            ("DeleteAlias", [alias]), ("Decrypt", [("CiphertextBlob", blob), context]),
            (
                "ReEncrypt",
                [
                    ("CiphertextBlob", blob), ("DestinationKeyId", key), ("SourceEncryptionContext", context.1),
                    ("DestinationEncryptionContext", context.1),
                ]
            ),
            ("GenerateDataKeyWithoutPlaintext", [named, context]),
            ("UpdateRotationPolicy", [named, ("EnableAutomaticRotation", "false")]), ("ListKeyVersions", [named]),
            ("DescribeKeyVersion", [named, ("KeyVersionId", version)]), ("TagResource", [named, ("Tags", tags)]),
            ("ListResourceTags", [named]), ("UntagResource", [named, ("TagKeys", #"["t"]"#)]),
            ("TagResources", resources + [("Tag.1.Key", "t"), ("Tag.1.Value", words[1])]),
            ("ListTagResources", resources), ("UntagResources", resources + [("TagKey.1", "absent")]),
            ("ScheduleKeyDeletion", [named, ("PendingWindowInDays", "7")]), ("CancelKeyDeletion", [named]),
            (
                "SetDeletionProtection",
                [
                    ("ProtectedResourceArn", "acs:kms:cn-hangzhou:\(client.user.account):key/\(key)"),
                    ("EnableDeletionProtection", "true"), ("DeletionProtectionDescription", words[2]),
                ]
            ),
            ("DescribeRegions", []), ("DescribeAccountKmsStatus", []),
        ]
        for (action, pairs) in calls {
            let answer = try await client.call(action, pairs: pairs)
            #expect(answer.status == 200, "\(action): \(answer.text)")
        }
        _ = try await client.call("OpenKmsService")
        return (key, dataKey)
    }

    /// Imports material, the wrong one too, and deletes it; what must be nowhere.
    private static func importOperations(_ client: SigningClient) async throws -> [[UInt8]] {
        let key = try await client.createKey(["Origin": "EXTERNAL"])
        let parameters = try await client.call(
            "GetParametersForImport",
            ["KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_1", "WrappingKeySpec": "RSA_2048"]
        ).json()
        let token = try requireValue(parameters["ImportToken"]?.string)
        let der = try requireValue(Data(base64Encoded: try requireValue(parameters["PublicKey"]?.string)))
        let publicKey = try PublicKey(.rsa2048, der: Array(der))
        let materials = ["MaterialSentinel-of-32-bytes-4vK", "AnotherSentinel-of-32-bytes-7rB-"].map { Array($0.utf8) }
        for (material, status) in zip(materials, [200, 400]) {
            let wrapped = Data(try publicKey.encrypt(material.span.bytes, with: .rsaesOAEPSHA1)).base64EncodedString()
            let answer = try await client.call(
                "ImportKeyMaterial",
                ["KeyId": key, "EncryptedKeyMaterial": wrapped, "ImportToken": token]
            )
            #expect(answer.status == status, "\(answer.text)")
        }
        _ = try await client.text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": plaintext])
        #expect(try await client.call("DeleteKeyMaterial", ["KeyId": key]).status == 200)
        return materials + [Array(token.utf8)]
    }

    /// Requests that are refused although, or because, they carry secrets.
    private static func failures(_ client: SigningClient, _ key: String) async throws {
        let encrypt = [("KeyId", key), ("Plaintext", plaintext), ("EncryptionContext", context)]
        let long = String(repeating: plaintext, count: 400)
        let refused: [(String, [(String, String)])] = [
            ("Encrypt", [("KeyId", key), ("Plaintext", long)]),
            ("Encrypt", [("KeyId", "alias/never"), ("Plaintext", plaintext)]),
            ("Encrypt", [("KeyId", key), ("Plaintext", plaintext), ("EncryptionContext", context + "}")]),
            ("Encrypt", [("KeyId", key), ("Plaintext.1", plaintext), ("EncryptionContext.\(context)", context)]),
            ("Decrypt", [("CiphertextBlob", plaintext), ("EncryptionContext", context)]),
            ("CreateKey", [("KeySpec", plaintext)]), ("CreateKey", [("Tags", context)]),
            ("CreateAlias", [("KeyId", key), ("AliasName", plaintext)]), ("DescribeKey", [("KeyId", plaintext)]),
            ("ListKeys", [("Filters", context)]), ("ListKeys", [("PageNumber", plaintext)]),
            ("Encrypt", encrypt + [("SecurityToken", token)]), (plaintext, encrypt),
            ("Encrypt", encrypt + [("DryRun", plaintext)]),
        ]
        for (action, pairs) in refused {
            let answer = try await client.call(action, pairs: pairs)
            #expect((400..<500).contains(answer.status), "\(action): \(answer.text)")
        }
        let answer = try await client.with(wrong).call("Encrypt", pairs: encrypt)
        #expect(try answer.json()["Code"]?.string == "SignatureDoesNotMatch")
        // Under V1 the caller is shown the string to sign, which holds all parameters; V3 shows a hash.
        #expect(answer.text.contains("PlaintextSentinel") == (client.scheme == .v1))
        let pairs = try client.signedPairs("Encrypt", encrypt.map { ($0.0, Array($0.1.utf8)) })
        let doubled = try await client.send(SigningClient.post(pairs + [("Plaintext", Array(plaintext.utf8))]))
        #expect(doubled.status == 400)
        let garbage = try await client.send(
            Array("\(plaintext) /?Plaintext=\(plaintext) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        )
        #expect(garbage.status >= 400)
    }

    /// The 32 bytes of the key's first version, opened the way the vault opens them.
    private static func material(of key: String, in service: WholeService) async throws -> [UInt8] {
        let namespace = Namespace(
            account: try requireValue(AccountID(User.alice.account)),
            region: try requireValue(RegionID(WholeService.region))
        )
        let id = KeyID(try requireValue(UUIDBytes(text: key.utf8)))
        let primary = try requireValue(try await service.database.key(id, in: namespace)?.primaryVersion)
        let version = try requireValue(try await service.database.version(primary))
        let fields = RecordFields.keyVersion(version.identity, publicKeyDigest: [])
        let sealed = try requireValue(version.sealedMaterial)
        let material = try RecordSealer(.keyVersion, under: service.root).open(sealed, binding: fields)
        #expect(material.byteCount == 32)
        return material.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
    }
}
