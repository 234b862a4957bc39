import FoundationEssentials
import KMSCore
import KMSCrypto
import KMSProtection
import KMSTestKit
import Testing

@Suite("Certificates", .enabled(if: OpenSSLProgram.installed != nil))
struct CertificateTests {
    @Test("a certificate is asked for, issued by an authority, uploaded and told of in full", arguments: certifiedSpecs)
    func life(_ spec: KeySpec) async throws {
        let bench = try Bench()
        let workshop = try Workshop(isSM2: spec == .ecSM2)
        let (id, request) = try await bench.makeCertificate(
            spec,
            ["SubjectAlternativeNames": #"["www.example.com","*.example.org"]"#, "ExportablePrivateKey": "false"]
        )
        let said = try workshop.verify(request, of: spec)
        #expect(said.contains("subject=\(subject)") && said.contains("DNS:www.example.com, DNS:*.example.org"))
        let pending = try await bench.describe(id)
        #expect(pending["Status"] == .text("PENDING") && pending["Subject"] == .text(subject))
        for name in ["Issuer", "Serial", "NotBefore", "NotAfter", "SubjectKeyIdentifier"] {
            #expect(pending[name] == .text(""))
        }

        let root = try workshop.root("Root")
        let upper = try workshop.intermediate("Upper", by: "Root")
        let issued = try workshop.issue(request, "leaf", by: "Upper")
        let created = bench.clock.now()
        bench.setClockToToday()
        try await bench.call(
            "UploadCertificate",
            ["CertificateId": id, "Certificate": issued, "CertificateChain": upper + root]
        )
        let texts = try await bench.call("GetCertificate", ["CertificateId": id])
        #expect(
            texts
                == .object([
                    "CertificateId": .text(id), "Csr": .text(request), "Certificate": .text(issued),
                    "CertificateChain": .text(upper + root),
                ])
        )
        guard case .object(var fields) = try await bench.describe(id) else { return #expect(Bool(false)) }
        let publicKey = try #require(fields.removeValue(forKey: "SubjectPublicKey")?.text)
        #expect(publicKey.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        let identifier = try #require(fields.removeValue(forKey: "SubjectKeyIdentifier")?.text)
        #expect(identifier.utf8.count == 59 && identifier.split(separator: " ").count == 20)
        let (notBefore, notAfter) = (fields.removeValue(forKey: "NotBefore"), fields.removeValue(forKey: "NotAfter"))
        #expect(notBefore?.text.flatMap { Timestamp(text: $0.utf8) }.map { $0 <= bench.clock.now() } == true)
        #expect(notAfter?.text.flatMap { Timestamp(text: $0.utf8) }.map { $0 > bench.clock.now() } == true)
        let signature: [KeySpec: String] = [.rsa2048: "RSA2048-SHA256", .ecP256: "ECDSA-SHA256", .ecSM2: "SM2-SM3"]
        let expected: [String: Field] = [
            "CertificateId": .text(id), "Arn": .text("acs:kms:cn-hangzhou:1000000000000001:certificate/\(id)"),
            "KeySpec": .text(spec.rawValue), "ProtectionLevel": .text(spec == .ecSM2 ? "HSM" : "SOFTWARE"),
            "Status": .text("ACTIVE"), "CreatedAt": .text(created.description),
            "UpdatedAt": .text(bench.clock.now().description), "Subject": .text(subject), "Issuer": .text("CN=Upper"),
            "Serial": .text("0102FF"), "SignatureAlgorithm": .text(signature[spec] ?? ""),
            "SubjectAlternativeNames": .list([.text("www.example.com"), .text("*.example.org")]),
            "ExportablePrivateKey": .boolean(false), "Tags": .object([:]),
        ]
        #expect(fields == expected)
    }

    @Test(
        "what was signed verifies, here and by openssl; RAW is hashed here",
        arguments: [
            (.rsa2048, "RSA_PKCS1_SHA_256"), (.rsa2048, "RSA_PSS_SHA_256"), (.ecP256, "ECDSA_SHA_256"),
            (.ecSM2, "SM2DSA"),
        ] as [(KeySpec, String)]
    )
    func signing(_ spec: KeySpec, _ algorithm: String) async throws {
        let bench = try Bench()
        let id = try await bench.makeCertificate(spec, in: .active)
        let message = [UInt8](repeating: 0x61, count: 4_096)
        let named: [(key: String, value: String)] = [("CertificateId", id), ("Algorithm", algorithm)]
        let raw = named + [("Message", base64(message))]
        let answer = try await bench.call("CertificatePrivateKeySign", raw)
        #expect(answer["CertificateId"] == .text(id))
        let signature = try #require(answer["SignatureValue"]?.text)

        let certificate = try #require(try await bench.stored(id))
        let publicKey = try #require(certificate.keyPair.publicKey)
        let digest = try X509().digest(of: message, publicKey: publicKey, spec: spec)
        let hashed = named + [("Message", base64(digest)), ("MessageType", "DIGEST")]
        let other = base64([UInt8](repeating: 0x62, count: 4_096))
        let cases: [([(key: String, value: String)], String, Bool)] = [
            (raw, signature, true), (raw + [("MessageType", "RAW")], signature, true), (hashed, signature, true),
            (named + [("Message", other)], signature, false), (raw, base64([1, 2, 3]), false),
            (named + [("Message", base64(digest))], signature, false),
        ]
        for (request, signature, isValid) in cases {
            let answer = try await bench.call("CertificatePublicKeyVerify", request + [("SignatureValue", signature)])
            #expect(answer == .object(["CertificateId": .text(id), "SignatureValid": .boolean(isValid)]))
        }
        let second = try await bench.call("CertificatePrivateKeySign", hashed)["SignatureValue"]?.text
        let check = raw + [("SignatureValue", try #require(second))]
        #expect(try await bench.call("CertificatePublicKeyVerify", check)["SignatureValid"] == .boolean(true))
        // One byte more than is hashed here.
        let long = named + [("Message", base64(message + [0]))]
        #expect(await bench.code("CertificatePrivateKeySign", long) == "InvalidParameter")
    }

    @Test(
        "what was encrypted is decrypted again, up to the longest plaintext and no further",
        arguments: [
            (.rsa2048, "RSAES_OAEP_SHA_1", 214), (.rsa2048, "RSAES_OAEP_SHA_256", 190), (.ecSM2, "SM2PKE", 6_047),
        ] as [(KeySpec, String, Int)]
    )
    func encryption(_ spec: KeySpec, _ algorithm: String, _ longest: Int) async throws {
        let bench = try Bench()
        let id = try await bench.makeCertificate(spec, in: .active)
        for count in [1, longest] {
            let plaintext = base64((0..<count).map { UInt8(truncatingIfNeeded: $0) })
            let sealed = try await bench.call(
                "CertificatePublicKeyEncrypt",
                ["CertificateId": id, "Algorithm": algorithm, "Plaintext": plaintext]
            )
            let blob = try #require(sealed["CiphertextBlob"]?.text)
            let opening: KeyValuePairs = ["CertificateId": id, "Algorithm": algorithm, "CiphertextBlob": blob]
            let opened = try await bench.call("CertificatePrivateKeyDecrypt", opening)
            #expect(opened == .object(["CertificateId": .text(id), "Plaintext": .text(plaintext)]))
            var damaged = Array(try #require(Data(base64Encoded: blob)))
            damaged[damaged.count - 1] ^= 1
            let code = await bench.code(
                "CertificatePrivateKeyDecrypt",
                ["CertificateId": id, "Algorithm": algorithm, "CiphertextBlob": base64(damaged)]
            )
            #expect(code == "InvalidParameter")
        }
        let long = base64([UInt8](repeating: 1, count: longest + 1))
        let code = await bench.code(
            "CertificatePublicKeyEncrypt",
            ["CertificateId": id, "Algorithm": algorithm, "Plaintext": long]
        )
        #expect(code == "InvalidParameter")
    }

    @Test("what does not fit the key or the rules of the parameter is refused")
    func refusals() async throws {
        let bench = try Bench()
        let id = try await bench.makeCertificate(.ecP256, in: .active)
        let digest = base64([UInt8](repeating: 7, count: 32))
        let cases: [(String, KeyValuePairs<String, String>, String)] = [
            ("CertificatePrivateKeySign", ["Algorithm": "ECDSA_SHA_256"], "MissingParameter"),
            ("CertificatePrivateKeySign", ["Message": digest], "MissingParameter"),
            ("CertificatePrivateKeySign", ["Algorithm": "RSA_PSS_SHA_256", "Message": digest], "InvalidParameter"),
            ("CertificatePrivateKeySign", ["Algorithm": "SM2DSA", "Message": digest], "InvalidParameter"),
            ("CertificatePrivateKeySign", ["Algorithm": "ECDSA_SHA_256", "Message": "a"], "InvalidParameter"),
            (
                "CertificatePrivateKeySign",
                ["Algorithm": "ECDSA_SHA_256", "Message": "aGk=", "MessageType": "DIGEST"], "InvalidParameter"
            ),
            (
                "CertificatePrivateKeySign",
                ["Algorithm": "ECDSA_SHA_256", "Message": digest, "MessageType": "raw"], "InvalidParameter"
            ),
            ("CertificatePublicKeyVerify", ["Algorithm": "ECDSA_SHA_256", "Message": digest], "MissingParameter"),
            (
                "CertificatePublicKeyEncrypt", ["Algorithm": "RSAES_OAEP_SHA_256", "Plaintext": "aGk="],
                "Rejected.UnsupportedOperation"
            ),
            (
                "CertificatePrivateKeyDecrypt", ["Algorithm": "SM2PKE", "CiphertextBlob": "aGk="],
                "Rejected.UnsupportedOperation"
            ),
            (
                "CertificatePublicKeyEncrypt", ["Algorithm": "RSAES_PKCS1_V1_5", "Plaintext": "aGk="],
                "InvalidParameter"
            ),
            ("UpdateCertificateStatus", ["Status": "PENDING"], "InvalidParameter"),
            ("UpdateCertificateStatus", ["Status": "active"], "InvalidParameter"),
            ("UpdateCertificateStatus", [:], "MissingParameter"),
            ("UploadCertificate", [:], "MissingParameter"),
        ]
        for (action, parameters, code) in cases {
            let request = [(key: "CertificateId", value: id)] + parameters.map { (key: $0.key, value: $0.value) }
            #expect(await bench.code(action, request) == code, "\(action) \(parameters)")
        }
    }

    @Test("a certificate that is not for the key, no certificate, or a chain that breaks is not taken")
    func uploads() async throws {
        let bench = try Bench()
        let workshop = try Workshop()
        let (id, request) = try await bench.makeCertificate()
        let (_, otherRequest) = try await bench.makeCertificate()
        let root = try workshop.root("Root")
        let upper = try workshop.intermediate("Upper", by: "Root")
        let stranger = try workshop.root("Stranger", subject: "Upper")
        let issued = try workshop.issue(request, "leaf", by: "Upper")
        let other = try workshop.issue(otherRequest, "other", by: "Upper")
        bench.setClockToToday()
        let refused = [
            (other, ""), (root, ""), ("nonsense", ""), (request, ""), (issued + upper, ""),
            (String(issued.dropLast(60)), ""),
            (issued, root), (issued, stranger), (issued, root + upper), (issued, upper + upper), (issued, "nonsense"),
            (issued, upper + request), (issued, issued), (other, upper),
            (issued, Array(repeating: upper, count: 11).joined()),
            (issued + String(repeating: "\n", count: 16_384), ""),
            (issued, upper + String(repeating: "\n", count: 65_536)),
        ]
        for (certificate, chain) in refused {
            let code = await bench.code(
                "UploadCertificate",
                ["CertificateId": id, "Certificate": certificate, "CertificateChain": chain]
            )
            #expect(code == "InvalidParameter")
        }
        #expect(try await bench.describe(id)["Status"] == .text("PENDING"))
        let upload: KeyValuePairs = ["CertificateId": id, "Certificate": issued, "CertificateChain": upper]
        bench.clock.advance(seconds: 11 * 86_400)
        #expect(await bench.code("UploadCertificate", upload) == "InvalidParameter")
        bench.setClockToToday()
        try await bench.call("UploadCertificate", upload)
        // A renewed one takes its place, here without a chain.
        let renewed = try workshop.issue(request, "renewed", by: "Root")
        try await bench.call("UploadCertificate", ["CertificateId": id, "Certificate": renewed])
        let texts = try await bench.call("GetCertificate", ["CertificateId": id])
        #expect(texts["Certificate"] == .text(renewed) && texts["CertificateChain"] == .text(""))
    }

    @Test("a deleted certificate is gone with its key, and nobody finds it again")
    func deletion() async throws {
        let bench = try Bench()
        let id = try await bench.makeCertificate(.ecP256, in: .active)
        let kept = try await bench.makeCertificate().id
        let before = try #require(try await bench.stored(id))
        try await bench.call("DeleteCertificate", ["CertificateId": id])
        #expect(try await bench.stored(id) == nil)
        for action in CertificateStatusTests.withCertificate {
            let code = await bench.code(action.name, CertificateStatusTests.parameters(of: action, for: id))
            #expect(code == "Certificate.NotFound", "\(action.name)")
        }
        #expect(try await bench.stored(kept) != nil)
        // Who had a copy of the row and its key could open it still: what is gone is the row.
        #expect(try await bench.vault.publicKey(of: before.keyPair) == before.keyPair.publicKey)
    }
}
