import FoundationEssentials
import KMSCore
import Testing

@testable import KMSServer

/// Bad input of every kind gets the documented error, and the database is the same before and after.
@Suite(.timeLimit(.minutes(10))) struct NoTraceTests {
    /// What there is when the bad input comes.
    private struct Scene: Sendable {
        let key: String
        let version: String
        let blob: String
        let foreignBlob: String

        static let context = #"{"purpose":"scene"}"#

        init(_ alice: SigningClient) async throws {
            key = try await alice.createKey(["Tags": #"[{"TagKey":"a","TagValue":"b"}]"#])
            _ = try await alice.call("CreateAlias", ["KeyId": key, "AliasName": "alias/scene"])
            let encrypt: KeyValuePairs = ["KeyId": key, "Plaintext": "x", "EncryptionContext": Self.context]
            blob = try await alice.text("CiphertextBlob", of: "Encrypt", encrypt)
            version = try await alice.text("KeyVersionId", of: "Encrypt", encrypt)
            let bob = alice.with(.bob)
            let his = try await bob.createKey()
            foreignBlob = try await bob.text("CiphertextBlob", of: "Encrypt", ["KeyId": his, "Plaintext": "x"])
        }
    }

    private func withScene(_ body: @escaping @Sendable (SigningClient, Scene) async throws -> Void) async throws {
        try await withWholeService(try DataFolder(), users: [.alice, .bob]) { service, client in
            let scene = try await Scene(client)
            let before = try await service.database.dump()
            try await body(client, scene)
            let after = try await service.database.dump()
            // Records that the trail has may be forgotten by whatever writes next, be it refused.
            #expect(Set(after["audit_outbox"] ?? []).isSubset(of: before["audit_outbox"] ?? []))
            for (table, rows) in before where table != "audit_outbox" { #expect(after[table] == rows, "\(table)") }
            let opened = try await client.text(
                "Plaintext",
                of: "Decrypt",
                ["CiphertextBlob": scene.blob, "EncryptionContext": Scene.context]
            )
            #expect(opened == "x")
        }
    }

    @Test("parameters that are wrong are refused with the error of their kind")
    func badParameters() async throws {
        try await withScene { client, scene in
            for (action, pairs, status, code) in Self.badParameters(scene) {
                for scheme in SigningClient.Scheme.allCases {
                    let answer = try await client.with(scheme).call(action, pairs: pairs)
                    try expect(answer, status, code, "\(action) \(pairs.map { "\($0.0)=\($0.1.prefix(60))" })")
                }
            }
        }
    }

    private typealias Case = (action: String, pairs: [(String, String)], status: Int, code: String)

    private static func badParameters(_ scene: Scene) -> [Case] {
        let context = [("EncryptionContext", Scene.context)]
        var cases: [Case] = ["AQ=A", "%%%", "", scene.blob + "=", String(scene.blob.dropLast()), " " + scene.blob].map {
            ("Decrypt", [("CiphertextBlob", $0)] + context, 400, $0.isEmpty ? "MissingParameter" : "InvalidParameter")
        }
        for json in ["[1]", #"{"a":1}"#, #"{"a":null}"#, #""x""#, #"{"a":{}}"#, "{", #"{"a":"b","a":"b"}"#] {
            cases.append(
                (
                    "Encrypt", [("KeyId", scene.key), ("Plaintext", "x"), ("EncryptionContext", json)], 400,
                    "InvalidParameter"
                )
            )
        }
        for tags in ["{}", "[1]", #"[{"TagKey":1}]"#, "true", "null"] {
            cases.append(("CreateKey", [("Tags", tags)], 400, "InvalidParameter"))
            cases.append(("TagResource", [("KeyId", scene.key), ("Tags", tags)], 400, "InvalidParameter"))
        }
        let named = [("KeyId", scene.key)]
        cases += [
            ("UntagResource", named + [("TagKeys", #"{"a":"b"}"#)], 400, "InvalidParameter"),
            ("ListKeys", [("Filters", "5")], 400, "InvalidParameter"),
            ("ListKeys", [("PageNumber", "1.5")], 400, "InvalidParameter"),
            ("GenerateDataKey", named + [("NumberOfBytes", "true")], 400, "InvalidParameter"),
            ("Encrypt", named + [("Plaintext", String(repeating: "x", count: 7 * 1_024))], 400, "InvalidParameter"),
            ("Encrypt", [("KeyId", UUID().uuidString.lowercased()), ("Plaintext", "x")], 404, "Forbidden.KeyNotFound"),
            ("Encrypt", [("KeyId", "alias/never"), ("Plaintext", "x")], 404, "Forbidden.AliasNotFound"),
            ("Encrypt", [("KeyId", "no name"), ("Plaintext", "x")], 404, "Forbidden.KeyNotFound"),
            ("Decrypt", [("CiphertextBlob", scene.foreignBlob)], 404, "Forbidden.KeyNotFound"),
            ("Decrypt", [("CiphertextBlob", scene.blob)], 400, "InvalidParameter"),
            (
                "Decrypt", [("CiphertextBlob", scene.blob), ("EncryptionContext", #"{"purpose":"Scene"}"#)], 400,
                "InvalidParameter"
            ),
            ("ReEncrypt", [("CiphertextBlob", scene.blob), ("DestinationKeyId", scene.key)], 400, "InvalidParameter"),
            ("CreateAlias", named + [("AliasName", "scene")], 400, "InvalidParameter"),
            ("CreateAlias", named + [("AliasName", "alias/scene")], 400, "AliasAlreadyExists"),
            (
                "UpdateAlias", [("KeyId", UUID().uuidString), ("AliasName", "alias/scene")], 404,
                "Forbidden.KeyNotFound"
            ),
            ("CreateKey", [("EnableAutomaticRotation", "true"), ("RotationInterval", "1d")], 400, "InvalidParameter"),
            ("CreateKey", [("KeySpec", "AES_512")], 400, "InvalidParameter"),
            ("CreateKey", [("Description", String(repeating: "é", count: 8_193))], 400, "InvalidParameter"),
            ("CreateKey", [("DryRun", "true")], 400, "DryRunOperationError"),
            ("ScheduleKeyDeletion", named + [("PendingWindowInDays", "6")], 400, "InvalidParameter"),
            ("DescribeKeyVersion", named + [("KeyVersionId", scene.key)], 404, "Forbidden.KeyVersionNotFound"),
        ]
        return cases
    }

    @Test("a ciphertext with any bit flipped is refused: as unknown where its version is meant, else as not valid")
    func flippedBits() async throws {
        try await withScene { client, scene in
            let bytes = Array(try requireValue(Data(base64Encoded: scene.blob)))
            for sample in 0..<64 {
                let bit = sample * bytes.count * 8 / 64 + sample % 7
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                let answer = try await client.call(
                    "Decrypt",
                    ["CiphertextBlob": Data(flipped).base64EncodedString(), "EncryptionContext": Scene.context]
                )
                let isVersion = (2..<CiphertextBlob.headerByteCount).contains(bit / 8)
                try expect(
                    answer,
                    isVersion ? 404 : 400,
                    isVersion ? "Forbidden.KeyNotFound" : "InvalidParameter",
                    "bit \(bit)"
                )
            }
        }
    }

    @Test("bytes that are no UTF-8 are refused wherever they stand")
    func invalidUTF8() async throws {
        try await withScene { client, scene in
            let bad: [UInt8] = [0x61, 0xFF, 0xC3]
            let context = Array(#"{"a":""#.utf8) + bad + Array(#""}"#.utf8)
            let key = ("KeyId", Array(scene.key.utf8))
            let cases: [(String, [(String, [UInt8])])] = [
                ("DescribeKey", [("KeyId", bad)]), ("UpdateKeyDescription", [key, ("Description", bad)]),
                ("CreateKey", [("Description", bad)]), ("CreateAlias", [key, ("AliasName", bad)]),
                ("GenerateDataKey", [key, ("EncryptionContext", context)]),
                ("GenerateDataKey", [key, ("EncryptionContext.a", bad)]),
                ("TagResource", [key, ("Tags", bad)]),
            ]
            for (action, pairs) in cases {
                let request = SigningClient.post(try client.signedPairs(action, pairs))
                try expect(try await client.send(request), 400, "InvalidParameter", "\(action) \(pairs)")
            }
            for target in ["/?%FF=1&Action=CreateKey", "/?Action=CreateKey&a=%F", "/?a=\u{FF}&Action=CreateKey"] {
                let request = Array("POST \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".utf8)
                try expect(try await client.send(request), 400, "ParseRequestParameterException", target)
            }
        }
    }

    @Test("a parameter given twice is refused, be it the operation's own or one of the signature")
    func repeatedParameters() async throws {
        try await withScene { client, _ in
            let pairs = try client.signedPairs("CreateKey", [("Description", Array("x".utf8))])
            for pair in pairs {
                for copy in [pair, (pair.name, Array("other".utf8))] {
                    let answer = try await client.send(SigningClient.post(pairs + [copy]))
                    try expect(answer, 400, "ParseRequestParameterException", pair.name)
                }
            }
        }
    }

    @Test("a V1 request that lacks a parameter of its signature is refused by the error of that parameter")
    func missingParameters() async throws {
        let codes = [
            "AccessKeyId": "MissingAccessKeyId", "Signature": "MissingSignature",
            "SignatureMethod": "MissingSignatureMethod", "SignatureVersion": "MissingSignatureVersion",
            "Timestamp": "IllegalTimestamp", "SignatureNonce": "SignatureDoesNotMatch", "Action": "MissingAction",
            "Version": "MissingVersion", "Format": "SignatureDoesNotMatch",
        ]
        try await withScene { client, _ in
            let pairs = try client.signedPairs("CreateKey", [])
            #expect(Set(pairs.map(\.name)) == Set(codes.keys))
            for (name, code) in codes {
                let answer = try await client.send(SigningClient.post(pairs.filter { $0.name != name }))
                try expect(answer, 400, code, name)
            }
        }
    }

    @Test("a V3 request that lacks or doubles a header of its signature is refused")
    func signedHeaders() async throws {
        let codes = [
            "host": "ParseRequestParameterException", "x-acs-action": "MissingAction",
            "x-acs-version": "MissingVersion", "x-acs-date": "IllegalTimestamp",
            "x-acs-signature-nonce": "MissingSignatureNonce", "x-acs-content-sha256": "IncompleteSignature",
            "content-type": "ParseRequestParameterException", "Authorization": "MissingAction",
        ]
        try await withScene { client, _ in
            // Without Authorization it is a V1 request, whose action is a parameter.
            let whole = try client.v3("CreateKey", [("Description", "x")])
            #expect(Set(whole.headers.map(\.name)) == Set(codes.keys))
            for (name, code) in codes {
                var request = whole
                request.headers.removeAll { $0.name == name }
                try expect(try await client.send(request.bytes), 400, code, "without \(name)")
                request = whole
                request.headers += whole.headers.filter { $0.name == name }
                try expect(try await client.send(request.bytes), 400, nil, "\(name) twice")
            }
        }
    }

    @Test("a request line of 300 KiB gets a complete answer, and then the connection ends")
    func longRequestLine() async throws {
        try await withScene { client, _ in
            let line = "POST /?Action=CreateKey&Description=\(String(repeating: "x", count: 300 * 1_024)) HTTP/1.1"
            let connection = try await LiveClient(to: client.address)
            try? await connection.send("\(line)\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            let answers = try await connection.answersToTheEnd()
            await connection.close()
            #expect(answers.count == 1)
            let answer = try requireValue(answers.first)
            try expect(answer, 400, "ParseRequestParameterException", "300 KiB")
            #expect(answer.closes)
        }
    }
}

/// Expects a whole error of the documented form; any code where `code` is nil.
private func expect(_ answer: HTTPAnswer, _ status: Int, _ code: String?, _ what: String) throws {
    let body = try answer.json()
    #expect(answer.status == status, "\(what): \(answer.text)")
    if let code { #expect(body["Code"]?.string == code, "\(what): \(answer.text)") }
    for member in ["Code", "Message", "RequestId", "HostId"] {
        #expect(body[member]?.string?.isEmpty == false, "\(what): \(member) in \(answer.text)")
    }
    // Empty where the code says it all.
    #expect(body["Recommend"]?.string != nil, "\(what): \(answer.text)")
}
