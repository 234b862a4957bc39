import KMSAccess
import KMSCore
import KMSTestKit
import Testing

struct RequestAuthenticatorV3Tests {
    private typealias Headers = [(name: String, value: String)]

    private static let outgoing: SignatureV3.Outgoing = {
        var outgoing = SignatureV3.Outgoing(host: "127.0.0.1:8080", action: "Encrypt", version: "2016-01-20")
        outgoing.query = Parameters(["KeyId": "alias/x"])
        return outgoing
    }()

    private func headers(
        _ outgoing: SignatureV3.Outgoing = outgoing,
        id: String = "testid",
        secret: String = "testsecret",
        nonce: String = "n"
    ) throws -> Headers {
        try SignatureV3.headers(
            for: outgoing,
            accessKeyID: id,
            key: signingKey(secret),
            nonce: nonce,
            at: Fixture.now
        )
    }

    /// Headers signed as they stand: the list and the lines are made of what is given.
    private func signed(
        _ lines: Headers,
        alsoListed: [String] = [],
        outgoing: SignatureV3.Outgoing = outgoing
    ) throws -> Headers {
        let list = (lines.map(\.name) + alsoListed).joined(separator: ";")
        let hash = lines.first { $0.name == "x-acs-content-sha256" }?.value ?? ""
        let canonical = SignatureV3.canonicalRequest(
            method: outgoing.method,
            query: try CanonicalQuery(outgoing.query),
            headers: lines,
            signedHeaders: list,
            bodyHash: Array(hash.utf8)
        )
        let signature = SignatureV3.signature(SignatureV3.stringToSign(canonical), key: signingKey())
        let text = String(decoding: signature, as: UTF8.self)
        let value = "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=\(list),Signature=\(text)"
        return lines + [(name: "authorization", value: value)]
    }

    private func refusal(_ headers: Headers, outgoing: SignatureV3.Outgoing = outgoing) async -> String? {
        guard let fixture = try? await Fixture() else { return "no fixture" }
        return await fixture.refusal(.v3(outgoing, headers: headers))
    }

    private func lines(without name: String = "") throws -> Headers {
        Array(try headers().dropLast()).filter { $0.name != name }
    }

    @Test("what must be signed must be sent: a header left out altogether is missed")
    func leftOut() async throws {
        #expect(await refusal(try signed(lines())) == nil)
        let codes = [
            "host": "IncompleteSignature", "x-acs-date": "IllegalTimestamp",
            "x-acs-signature-nonce": "MissingSignatureNonce", "x-acs-content-sha256": "IncompleteSignature",
        ]
        for (name, code) in codes {
            #expect(await refusal(try signed(lines(without: name))) == code, "\(name)")
        }
    }

    @Test(
        "a header that is used but not signed is refused",
        arguments: [
            "host", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "x-acs-action", "x-acs-version",
        ]
    )
    func usedButUnsigned(name: String) async throws {
        let line = try #require(try lines().first { $0.name == name })
        #expect(await refusal(try signed(lines(without: name)) + [line]) == "IncompleteSignature")
    }

    @Test("a security token or access key id added to a signed request is refused")
    func addedHeaders() async throws {
        for name in ["x-acs-security-token", "x-acs-accesskey-id"] {
            #expect(await refusal(try headers() + [(name: name, value: "testid")]) == "IncompleteSignature")
        }
        #expect(await refusal(try headers() + [(name: "x-acs-retry-attempts", value: "2")]) == nil)
    }

    @Test("a header that is signed but absent, sent twice or listed twice is refused")
    func absentAndDoubled() async throws {
        #expect(await refusal(try signed(lines(), alsoListed: ["x-acs-extra"])) == "IncompleteSignature")
        #expect(await refusal(try signed(lines(), alsoListed: ["host"])) == "IncompleteSignature")
        #expect(await refusal(try signed(lines(), alsoListed: ["HOST"])) == "IncompleteSignature")
        #expect(await refusal(try signed(lines(), alsoListed: [""])) == "IncompleteSignature")
        for line in try headers() {
            #expect(await refusal(try headers() + [line]) == "IncompleteSignature", "\(line.name)")
            #expect(await refusal(try headers() + [(line.name, "x")]) == "IncompleteSignature", "\(line.name)")
        }
    }

    @Test("a changed value of any signed header is refused")
    func changedValues() async throws {
        for (index, line) in try lines().enumerated() where line.name != "x-acs-date" {
            var changed = try headers()
            changed[index].value += "0"
            #expect(await refusal(changed) == "SignatureDoesNotMatch", "\(line.name)")
        }
    }

    @Test("Action and Version of query and header must agree")
    func agreement() async throws {
        for (name, same, other) in [("Action", "Encrypt", "Decrypt"), ("Version", "2016-01-20", "2015-05-01")] {
            var outgoing = Self.outgoing
            outgoing.query = Self.outgoing.query.setting(name, same)
            #expect(await refusal(try headers(outgoing), outgoing: outgoing) == nil)
            outgoing.query = Self.outgoing.query.setting(name, other)
            #expect(await refusal(try headers(outgoing), outgoing: outgoing) == "InvalidParameter")
        }
    }

    @Test("the action may stand in the query alone")
    func actionInQuery() async throws {
        var outgoing = Self.outgoing
        outgoing.query = Self.outgoing.query.setting("Action", "Encrypt").setting("Version", "2016-01-20")
        let lines = try lines().filter { $0.name != "x-acs-action" && $0.name != "x-acs-version" }
        #expect(await refusal(try signed(lines, outgoing: outgoing), outgoing: outgoing) == nil)
    }

    @Test("a form is covered by the hash of the body, not by the canonical query")
    func form() async throws {
        var outgoing = Self.outgoing
        outgoing.body = Array("Plaintext=aGk%3D".utf8)
        outgoing.contentType = "application/x-www-form-urlencoded"
        let form = Parameters(["Plaintext": "aGk="])
        let fixture = try await Fixture()
        let headers = try headers(outgoing)
        #expect(await fixture.refusal(.v3(outgoing, headers: headers, form: form)) == nil)

        var changed = outgoing
        changed.body = Array("Plaintext=aGkh".utf8)
        #expect(await fixture.refusal(.v3(changed, headers: headers, form: form)) == "SignatureDoesNotMatch")
        // The type decides whether the body counts as parameters.
        let untyped = headers.filter { $0.name != "content-type" }
        #expect(await fixture.refusal(.v3(outgoing, headers: untyped)) == "IncompleteSignature")
        let repeated = Parameters(["KeyId": "other"])
        #expect(
            await fixture.refusal(.v3(outgoing, headers: headers, form: repeated)) == "ParseRequestParameterException"
        )
    }

    @Test("algorithms that are not offered are refused by name")
    func algorithms() async throws {
        for algorithm in ["ACS3-HMAC-SM3", "ACS3-RSA-SHA256", "ACS3-", "ACS3-HMAC-SHA256x", "ACS3-hmac-sha256"] {
            var headers = try headers()
            let value = headers.removeLast().value
            headers.append((name: "authorization", value: algorithm + value.drop { $0 != " " }))
            #expect(await refusal(headers) == "InvalidSignatureMethod")
        }
    }

    @Test("Authorization is read in any order and with spaces, but strictly")
    func authorization() async throws {
        var headers = try headers()
        let value = String(headers.removeLast().value.dropFirst("ACS3-HMAC-SHA256 ".count))
        let fields = value.split(separator: ",").map(String.init)
        func refusal(_ text: String) async -> String? {
            await self.refusal(headers + [(name: "authorization", value: "ACS3-HMAC-SHA256" + text)])
        }
        #expect(await refusal(" " + fields.reversed().joined(separator: " ,  ")) == nil)
        #expect(await refusal("   " + fields[1] + "," + fields[0] + "," + fields[2] + " ") == nil)
        #expect(await refusal(" " + fields[1] + "," + fields[2]) == "MissingAccessKeyId")
        #expect(await refusal(" Credential=," + fields[1] + "," + fields[2]) == "MissingAccessKeyId")
        #expect(await refusal(" " + fields[0] + "," + fields[1]) == "MissingSignature")
        #expect(await refusal(" " + fields[0] + "," + fields[2]) == "IncompleteSignature")
        #expect(await refusal(" " + value + "," + fields[0]) == "IncompleteSignature")
        #expect(await refusal(" " + value + ",Extra=1") == "IncompleteSignature")
        #expect(await refusal(" " + value + ",junk") == "IncompleteSignature")
        #expect(await refusal("") == "MissingAccessKeyId")
        #expect(await refusal(" " + value.uppercased()) == "IncompleteSignature")
    }

    @Test("keys, tokens and clocks are judged as under V1")
    func keysTokensAndClocks() async throws {
        let fixture = try await Fixture()
        func refusal(_ headers: Headers, _ outgoing: SignatureV3.Outgoing = Self.outgoing) async -> String? {
            await fixture.refusal(.v3(outgoing, headers: headers))
        }
        #expect(await refusal(try headers(id: "nobody")) == "InvalidAccessKeyId.NotFound")
        #expect(await refusal(try headers(id: "otherid")) == "SignatureDoesNotMatch")
        #expect(await refusal(try headers(id: "otherid", secret: "othersecret")) == nil)
        #expect(await refusal(try headers(id: "STS.x")) == "MissingSecurityToken")
        var outgoing = Self.outgoing
        outgoing.securityToken = "token"
        #expect(await refusal(try headers(outgoing), outgoing) == "InvalidSecurityToken.MismatchWithAccessKey")
        let request = SignedRequest.v3(Self.outgoing, headers: try headers())
        #expect(await fixture.refusal(request, at: Fixture.now.adding(seconds: 900)) == nil)
        #expect(await fixture.refusal(request, at: Fixture.now.adding(seconds: 901)) == "InvalidTimeStamp.Expired")
        let broken = try signed(lines(without: "x-acs-date") + [(name: "x-acs-date", value: "2026-11-24")])
        #expect(await refusal(broken) == "InvalidTimeStamp.Format")
        let foreign = try signed(lines() + [(name: "x-acs-accesskey-id", value: "otherid")])
        #expect(await refusal(foreign) == "IncompleteSignature")
    }

    @Test("a nonce used under one scheme leaves the same mark under the other")
    func marksAcrossSchemes() async throws {
        let fixture = try await Fixture()
        let third = try await fixture.authenticator.authenticate(
            .v3(Self.outgoing, headers: try headers(nonce: "shared")),
            at: Fixture.now
        )
        let first = try SignatureV1.signed(
            Parameters([:]),
            method: "GET",
            accessKeyID: "testid",
            key: signingKey(),
            nonce: "shared",
            at: Fixture.now
        )
        #expect(try await fixture.authenticator.authenticate(.v1(first), at: Fixture.now).mark == third.mark)
    }

    @Test("a hundred thousand damaged Authorization headers get a documented refusal each")
    func fuzz() async throws {
        var random = SeededGenerator(seed: 3)
        let fixture = try await Fixture()
        let headers = try headers()
        let original = Array(headers[headers.count - 1].value.utf8)
        let prefix = "ACS3-".utf8.count
        let pieces = [
            ",", "=", ";", " ", "Credential=", "SignedHeaders=", "Signature=", "host", "\u{301}", "\0", "é", "",
        ]
        for _ in 0..<100_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let start = Int.random(in: prefix...max(prefix, bytes.count - 1), using: &random)
                let end = Int.random(in: start...min(bytes.count, start + 12), using: &random)
                let piece = Array(pieces.randomElement(using: &random)!.utf8)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.replaceSubrange(min(start, bytes.count)..<end, with: piece)
                case 1: bytes.removeSubrange(min(start, bytes.count)..<bytes.count)
                case 2: bytes.insert(UInt8.random(in: 0...127, using: &random), at: min(start, bytes.count))
                default: bytes.insert(contentsOf: bytes[min(start, bytes.count)..<end], at: min(start, bytes.count))
                }
            }
            let value = String(decoding: bytes, as: UTF8.self)
            let damaged = headers.dropLast() + [(name: "authorization", value: value)]
            // Spaces and empty pieces may change without harm; nothing else may.
            if await fixture.refusal(.v3(Self.outgoing, headers: Array(damaged))) == nil {
                func core(_ text: [UInt8]) -> [UInt8] {
                    text.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: ",") }
                }
                #expect(core(bytes) == core(original))
            }
        }
    }
}
