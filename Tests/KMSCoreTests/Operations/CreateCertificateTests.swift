import KMSCore
import KMSProtection
import KMSTestKit
import Synchronization
import Testing

@Suite("CreateCertificate and its kin")
struct CreateCertificateTests {
    @Test(
        "parameters that break the rules are refused",
        arguments: [
            ("Subject", "", "MissingParameter"), ("Subject", "CN=a", "InvalidParameter"),
            ("Subject", subject + ",L=" + String(repeating: "x", count: 1_000), "InvalidParameter"),
            ("Subject", "CN=#020101,OU=u,O=o,C=CN", "InvalidParameter"), ("KeySpec", "", "MissingParameter"),
            ("KeySpec", "RSA_3072", "InvalidParameter"), ("KeySpec", "EC_P256K", "InvalidParameter"),
            ("KeySpec", "Aliyun_AES_256", "InvalidParameter"), ("KeySpec", "RSA_4096", "InvalidParameter"),
            ("ProtectionLevel", "software", "InvalidParameter"), ("ExportablePrivateKey", "yes", "InvalidParameter"),
            ("ClientToken", String(repeating: "x", count: 65), "InvalidParameter"),
        ]
    )
    func refusals(_ name: String, _ value: String, _ code: String) async throws {
        let bench = try Bench()
        let rest = ["Subject": subject, "KeySpec": "EC_P256"].filter { $0.key != name }.map { ($0.key, $0.value) }
        #expect(await bench.code("CreateCertificate", rest + [(name, value)]) == code)
        #expect(bench.audit.records.allSatisfy { $0.outcome == .refused })
    }

    @Test(
        "host names come as an array, or as the object of some SDKs",
        arguments: [
            ("", []), ("[]", []), (#"["www.example.com"]"#, ["www.example.com"]),
            (
                #"["*.example.com","xn--fsq.example","a","1.a","A-b.c"]"#,
                ["*.example.com", "xn--fsq.example", "a", "1.a", "A-b.c"]
            ),
            (#"{"DNS":["a.example","b.example"]}"#, ["a.example", "b.example"]),
            (#"{"1":"a.example","2":"b.example"}"#, ["a.example", "b.example"]), ("{}", []),
            (#"["0.a","1.a","2.a","3.a","4.a","5.a","6.a","7.a","8.a","9.a"]"#, (0..<10).map { "\($0).a" }),
        ] as [(String, [String])]
    )
    func hosts(_ text: String, _ expected: [String]) async throws {
        let bench = try Bench()
        let (id, _) = try await bench.makeCertificate(.ecP256, ["SubjectAlternativeNames": text])
        #expect(try await bench.describe(id)["SubjectAlternativeNames"] == .list(expected.map { .text($0) }))
    }

    @Test(
        "what is no host name is refused",
        arguments: [
            #"[""]"#, #"["a b"]"#, #"["-a.example"]"#, #"["a-.example"]"#, #"["a..example"]"#, #"[".a"]"#, #"["a."]"#,
            #"["*"]"#, #"["*.com"]"#, #"["a.*.example"]"#, #"["w*.example.com"]"#, #"["ü.example"]"#,
            #"["a_b.example"]"#,
            #"["10.0.0.1"]"#, #"["::1"]"#, #"["a.1"]"#, #"["a,DNS:b"]"#, #"["a\u0000.example"]"#, #"["a\nb"]"#, "[1]",
            #"[["a"]]"#, #"{"a":{"b":"c"}}"#, #""a.example""#, "a.example", #"["a","a"]x"#, "null",
            "[\"" + String(repeating: "a", count: 64) + ".example\"]",
            "[\"" + Array(repeating: String(repeating: "a", count: 63), count: 4).joined(separator: ".") + "\"]",
            #"["0.a","1.a","2.a","3.a","4.a","5.a","6.a","7.a","8.a","9.a","10.a"]"#,
            #"{"DNS":["0.a","1.a","2.a","3.a","4.a","5.a"],"more":["6.a","7.a","8.a","9.a","10.a"]}"#,
        ]
    )
    func noHosts(_ text: String) async throws {
        let bench = try Bench()
        let code = await bench.code(
            "CreateCertificate",
            ["Subject": subject, "KeySpec": "EC_P256", "SubjectAlternativeNames": text]
        )
        #expect(code == "InvalidParameter")
    }

    @Test("a key of SM2 is an HSM's, where there is one and the region has one")
    func levels() async throws {
        let bench = try Bench()
        func create(_ level: String, _ spec: KeySpec, in region: String = "cn-hangzhou") async -> String? {
            await bench.code(
                "CreateCertificate",
                ["Subject": subject, "KeySpec": spec.rawValue, "ProtectionLevel": level],
                in: .example("1000000000000001", region)
            )
        }
        #expect(await create("", .ecSM2) == nil)
        #expect(await create("HSM", .ecSM2) == nil)
        #expect(await create("HSM", .ecP256) == nil)
        #expect(await create("SOFTWARE", .ecSM2) == "Unsupported.ProtectionLevel")
        #expect(await create("", .ecSM2, in: "us-east-1") == "Unsupported.ProtectionLevel")
        #expect(await create("HSM", .ecP256, in: "cn-qingdao") == "Unsupported.ProtectionLevel")
        let (id, _) = try await bench.makeCertificate(.ecP256, ["ProtectionLevel": "HSM"])
        #expect(try await bench.describe(id)["ProtectionLevel"] == .text("HSM"))
        let without = try Bench(hasHSM: false)
        let code = await without.code("CreateCertificate", ["Subject": subject, "KeySpec": "EC_SM2"])
        #expect(code == "Unsupported.ProtectionLevel")
    }

    @Test("a client token makes one certificate, however often it is sent, and takes no other parameters")
    func clientTokens() async throws {
        let bench = try Bench()
        let first = try await bench.makeCertificate(.ecP256, ["ClientToken": "once"])
        let again = try await bench.makeCertificate(.ecP256, ["ClientToken": "once"])
        #expect(first == again)
        let different: [KeyValuePairs<String, String>] = [
            ["ExportablePrivateKey": "false"], ["SubjectAlternativeNames": #"["a.example"]"#],
            ["ProtectionLevel": "HSM"],
        ]
        for parameters in different {
            let request = [
                (key: "Subject", value: subject), (key: "KeySpec", value: "EC_P256"),
                (key: "ClientToken", value: "once"),
            ]
            let code = await bench.code("CreateCertificate", request + parameters.map { ($0.key, $0.value) })
            #expect(code == "InvalidParameter")
        }
        let others: [(String, Namespace)] = [("twice", .example()), ("once", .example("2"))]
        for (token, namespace) in others {
            let other = try await bench.makeCertificate(.ecP256, ["ClientToken": token], in: namespace)
            #expect(other.id != first.id)
        }
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 {
                group.addTask { try? await bench.makeCertificate(.ecP256, ["ClientToken": "many"]).id }
            }
            var made: Set<String?> = []
            for await id in group { made.insert(id) }
            #expect(made.count == 1 && !made.contains(nil))
        }
    }

    @Test("a dry run makes, changes and deletes nothing")
    func dryRuns() async throws {
        let bench = try Bench()
        let (id, _) = try await bench.makeCertificate()
        let requests: [(String, KeyValuePairs<String, String>)] = [
            ("CreateCertificate", ["Subject": subject, "KeySpec": "EC_P256", "ClientToken": "dry"]),
            ("DeleteCertificate", ["CertificateId": id]),
            ("TagResource", ["CertificateId": id, "Tags": #"[{"TagKey":"a"}]"#]),
        ]
        for (action, parameters) in requests {
            do {
                try await bench.call(action, parameters, isDryRun: true)
                Issue.record("\(action) was carried out")
            } catch { #expect(error.code == "DryRunOperationError") }
        }
        #expect(try await bench.store.certificate(clientToken: "dry", in: .example()) == nil)
        #expect(try await bench.describe(id)["Tags"] == .object([:]))
    }

    @Test("tags are put on, replaced and taken off")
    func tags() async throws {
        let bench = try Bench()
        let (id, _) = try await bench.makeCertificate()
        let arn = "acs:kms:cn-hangzhou:1000000000000001:certificate/\(id)"
        try await bench.call("TagResource", ["CertificateId": id, "Tags": #"[{"TagKey":"a","TagValue":"1"}]"#])
        try await bench.call(
            "TagResource",
            ["CertificateId": arn, "Tags": #"[{"TagKey":"a","TagValue":"2"},{"TagKey":"b"}]"#]
        )
        #expect(try await bench.describe(id)["Tags"] == .object(["a": .text("2"), "b": .text("")]))
        try await bench.call("UntagResource", ["CertificateId": id, "TagKeys": #"["a","none"]"#])
        #expect(try await bench.describe(id)["Tags"] == .object(["b": .text("")]))
        let many = "[" + (0..<20).map { #"{"TagKey":"t\#($0)"}"# }.joined(separator: ",") + "]"
        #expect(await bench.code("TagResource", ["CertificateId": id, "Tags": many]) == "Rejected.LimitExceeded")
        #expect(try await bench.describe(id)["Tags"] == .object(["b": .text("")]))
        let key = try await bench.makeKey()
        let tag = #"[{"TagKey":"a"}]"#
        let both: KeyValuePairs = ["CertificateId": id, "KeyId": key, "Tags": tag]
        #expect(await bench.code("TagResource", both) == "InvalidParameter")
        #expect(await bench.code("TagResource", ["CertificateId": key, "Tags": tag]) == "Certificate.NotFound")
        #expect(await bench.code("TagResource", ["KeyId": id, "Tags": tag]) == "Forbidden.KeyNotFound")
        #expect(await bench.code("TagResource", ["SecretName": "s", "Tags": tag]) == "UnsupportedOperation")
    }

    @Test("foreign accounts and regions see nothing, by id or ARN, exactly as if there were nothing")
    func isolation() async throws {
        let bench = try Bench()
        let (id, _) = try await bench.makeCertificate()
        let names = [id, "acs:kms:cn-hangzhou:1000000000000001:certificate/\(id)", "none", "certificate/\(id)"]
        for namespace in [Namespace.example("2"), .example("1000000000000001", "cn-beijing")] {
            for name in names {
                for row in CertificateStatusTests.withCertificate {
                    let parameters = CertificateStatusTests.parameters(of: row, for: name)
                    let code = await bench.code(row.name, parameters, in: namespace)
                    #expect(code == "Certificate.NotFound", "\(row) \(name)")
                }
            }
        }
        let own = "acs:kms:cn-hangzhou:1000000000000001:certificate/\(id.uppercased())"
        #expect(try await bench.describe(own)["CertificateId"] == .text(id))
        #expect(
            await bench.code("DescribeCertificate", ["CertificateId": "acs:kms:::key/\(id)"]) == "Certificate.NotFound"
        )
    }

    @Test("permission is tested on the certificate or its container, before existence")
    func permissions() async throws {
        let authorizer = DoorwayTests.StrictAuthorizer(denied: [])
        let bench = try Bench(authorizer: authorizer)
        let arn = "acs:kms:cn-hangzhou:1000000000000001:certificate"
        let (id, _) = try await bench.makeCertificate()
        #expect(authorizer.asked.withLock { $0 } == ["kms:CreateCertificate \(arn)"])
        let none = "00000000-0000-4000-8000-000000000000"
        for (name, resource) in [(id, id), (none, none), ("x", "00000000-0000-0000-0000-000000000000")] {
            for row in CertificateStatusTests.withCertificate where row.name != "DeleteCertificate" {
                authorizer.asked.withLock { $0 = [] }
                _ = await bench.code(row.name, CertificateStatusTests.parameters(of: row, for: name))
                #expect(authorizer.asked.withLock { $0 } == ["kms:\(row.name) \(arn)/\(resource)"])
            }
        }
        let denying = try Bench(authorizer: DoorwayTests.StrictAuthorizer(denied: ["kms:GetCertificate"]))
        let (real, _) = try await denying.makeCertificate()
        for name in [real, none] {
            #expect(await denying.code("GetCertificate", ["CertificateId": name]) == "Forbidden.NoPermission")
        }
        let record = try #require(bench.audit.records.first)
        #expect(record.resources == [arn, "\(arn)/\(id)"])
    }

    @Test("a public key that was put in another's place signs no request and is encrypted to by nobody")
    func substitution() async throws {
        let bench = try Bench()
        let (first, second) = (try await bench.makeCertificate().id, try await bench.makeCertificate().id)
        let mine = try #require(try await bench.stored(first)).keyPair
        let theirs = try #require(try await bench.stored(second)).keyPair
        let forged = [
            KeyVersion(
                identity: mine.identity,
                createdAt: mine.createdAt,
                publicKey: theirs.publicKey,
                sealedMaterial: mine.sealedMaterial
            ),
            KeyVersion(
                identity: mine.identity,
                createdAt: mine.createdAt,
                publicKey: theirs.publicKey,
                sealedMaterial: theirs.sealedMaterial
            ),
            // The same pair as a version of a key.
            KeyVersion(
                identity: VersionIdentity(
                    id: mine.id,
                    key: mine.identity.key,
                    namespace: mine.identity.namespace,
                    spec: mine.identity.spec,
                    usage: .signVerify,
                    origin: .aliyunKMS,
                    level: .software,
                    backend: mine.identity.backend,
                    algorithm: nil
                ),
                createdAt: mine.createdAt,
                publicKey: mine.publicKey,
                sealedMaterial: mine.sealedMaterial
            ),
        ]
        for version in forged {
            await #expect(throws: VaultError.self) { try await bench.vault.publicKey(of: version) }
        }
        #expect(try await bench.vault.publicKey(of: mine) == mine.publicKey)
    }
}

@Suite("CreateCertificateSigningRequest", .enabled(if: OpenSSLProgram.installed != nil))
struct CreateCertificateSigningRequestTests {
    static let specs = KeySpec.allCases.filter { $0.usages.contains(.signVerify) }

    @Test("a key of every spec that signs makes a request that openssl verifies", arguments: specs)
    func requests(_ spec: KeySpec) async throws {
        let bench = try Bench()
        let pair = try await bench.makePair(spec, .signVerify)
        try await bench.call("CreateAlias", ["KeyId": pair.key, "AliasName": "alias/signer"])
        for name in [pair.key, "alias/signer"] {
            let answer = try await bench.call(
                "CreateCertificateSigningRequest",
                [
                    "KeyId": name, "KeyVersionId": pair.version, "Subject": subject,
                    "SubjectAlternativeNames": #"["www.example.com"]"#,
                ]
            )
            #expect(answer["KeyId"] == .text(pair.key) && answer["KeyVersionId"] == .text(pair.version))
            let request = try #require(answer["Csr"]?.text)
            let workshop = try Workshop(isSM2: spec == .ecSM2)
            let said = try workshop.verify(request, of: spec)
            #expect(said.contains("subject=\(subject)") && said.contains("DNS:www.example.com"))
            // The key in it is the version's own.
            let pem = try #require(try await bench.call("GetPublicKey", pair.with([:]))["PublicKey"]?.text)
            let file = try workshop.write(request, to: "own.csr")
            #expect(try workshop.run(["req", "-in", file, "-pubkey", "-noout"]) == pem)
            let root = try workshop.root("Root")
            #expect(try workshop.takes(try workshop.issue(request, "leaf", by: "Root"), under: [], trusting: root))
        }
    }

    @Test("keys that do not sign, versions of others and bad parameters are refused")
    func refusals() async throws {
        let bench = try Bench()
        let signer = try await bench.makePair(.ecP256, .signVerify)
        let other = try await bench.makePair(.ecP256, .signVerify)
        let opener = try await bench.makePair(.ecSM2, .encryptDecrypt)
        let symmetric = try await bench.makeKey()
        let cases: [(String, String, String, String)] = [
            (signer.key, other.version, subject, "Forbidden.KeyVersionNotFound"),
            (signer.key, "x", subject, "Forbidden.KeyVersionNotFound"), (signer.key, "", subject, "MissingParameter"),
            (signer.key, signer.version, "", "MissingParameter"),
            (signer.key, signer.version, "CN=a", "InvalidParameter"),
            (opener.key, opener.version, subject, "Rejected.UnsupportedOperation"),
            (symmetric, signer.version, subject, "UnsupportedOperation"),
            ("00000000-0000-4000-8000-000000000000", signer.version, subject, "Forbidden.KeyNotFound"),
        ]
        for (key, version, subject, code) in cases {
            let request: KeyValuePairs = ["KeyId": key, "KeyVersionId": version, "Subject": subject]
            #expect(await bench.code("CreateCertificateSigningRequest", request) == code)
        }
        let foreign: KeyValuePairs = ["KeyId": signer.key, "KeyVersionId": signer.version, "Subject": subject]
        let code = await bench.code("CreateCertificateSigningRequest", foreign, in: .example("2"))
        #expect(code == "Forbidden.KeyNotFound")
    }
}
