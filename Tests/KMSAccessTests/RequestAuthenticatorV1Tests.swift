import KMSAccess
import KMSCore
import KMSTestKit
import Testing

struct RequestAuthenticatorV1Tests {
    private func signed(
        _ parameters: Parameters = Parameters(["Action": "DescribeRegions", "Version": "2016-01-20"]),
        id: String = "testid",
        secret: String = "testsecret",
        token: String? = nil,
        nonce: String? = "n",
        at time: Timestamp = Fixture.now
    ) throws -> Parameters {
        try SignatureV1.signed(
            parameters,
            method: "GET",
            accessKeyID: id,
            key: signingKey(secret),
            securityToken: token,
            nonce: nonce,
            at: time
        )
    }

    @Test(
        "a common parameter that is missing or blank is named",
        arguments: ["AccessKeyId", "Signature", "SignatureMethod", "SignatureVersion"]
    )
    func missing(name: String) async throws {
        let fixture = try await Fixture()
        #expect(await fixture.refusal(.v1(try signed().setting(name, nil))) == "Missing\(name)")
        #expect(await fixture.refusal(.v1(try signed().setting(name, ""))) == "Missing\(name)")
    }

    @Test("a missing timestamp, a broken one and one of the wrong day each have their code")
    func timestamps() async throws {
        let fixture = try await Fixture()
        #expect(await fixture.refusal(.v1(try signed().setting("Timestamp", nil))) == "IllegalTimestamp")
        for text in ["2026-11-24T02:28:13", "2026-13-24T02:28:13Z", "2026-02-30T02:28:13Z", "now", "1795487293"] {
            #expect(await fixture.refusal(.v1(try signed().setting("Timestamp", text))) == "InvalidTimeStamp.Format")
        }
        // Before the access key is looked at.
        let old = try signed(id: "nobody", at: Fixture.now.adding(seconds: -86_400))
        #expect(await fixture.refusal(.v1(old)) == "InvalidTimeStamp.Expired")
    }

    @Test("the window is fifteen minutes either way, to the microsecond")
    func window() async throws {
        let fixture = try await Fixture()
        let request = SignedRequest.v1(try signed())
        for side in [-1, 1] as [Int64] {
            let edge = Timestamp(microseconds: Fixture.now.microseconds + side * 900_000_000)
            let outside = Timestamp(microseconds: edge.microseconds + side)
            #expect(await fixture.refusal(request, at: edge) == nil)
            #expect(await fixture.refusal(request, at: outside) == "InvalidTimeStamp.Expired")
        }
    }

    @Test("other signature methods and versions are refused")
    func methods() async throws {
        let fixture = try await Fixture()
        for (name, value) in [
            ("SignatureMethod", "HMAC-SHA256"), ("SignatureMethod", "hmac-sha1"), ("SignatureVersion", "1.1"),
        ] {
            #expect(await fixture.refusal(.v1(try signed().setting(name, value))) == "InvalidSignatureMethod")
        }
    }

    @Test("a repeated parameter is refused, Signature too")
    func repeated() async throws {
        let fixture = try await Fixture()
        for name in ["Signature", "Action", "Timestamp"] {
            let twice = try signed() + Parameters(bytes: [(Array(name.utf8), Array("x".utf8))])
            #expect(await fixture.refusal(.v1(twice)) == "ParseRequestParameterException")
        }
    }

    @Test("unknown, malformed, foreign and disabled access keys are told apart")
    func accessKeys() async throws {
        let fixture = try await Fixture()
        try await fixture.add("off", secret: "testsecret", account: "1", isActive: false)
        #expect(await fixture.refusal(.v1(try signed(id: "nobody"))) == "InvalidAccessKeyId.NotFound")
        #expect(await fixture.refusal(.v1(try signed(id: "TESTID"))) == "InvalidAccessKeyId.NotFound")
        #expect(await fixture.refusal(.v1(try signed(id: "te\u{301}stid"))) == "InvalidAccessKeyId.NotFound")
        #expect(
            await fixture.refusal(.v1(try signed(id: String(repeating: "a", count: 129))))
                == "InvalidAccessKeyId.NotFound"
        )
        #expect(await fixture.refusal(.v1(try signed(id: "off"))) == "Forbidden.AccessKey")
        #expect(await fixture.refusal(.v1(try signed(id: "otherid"))) == "SignatureDoesNotMatch")
        #expect(await fixture.refusal(.v1(try signed(id: "otherid", secret: "othersecret"))) == nil)
    }

    @Test("a mismatch shows the server's string to sign after the message's only colon")
    func mismatch() async throws {
        let parameters = try signed(secret: "wrong")
        let fixture = try await Fixture()
        do {
            _ = try await fixture.authenticator.authenticate(.v1(parameters), at: Fixture.now)
            Issue.record("must be refused")
        } catch {
            let stringToSign = String(
                decoding: SignatureV1.stringToSign(method: "GET", try CanonicalQuery(parameters)),
                as: UTF8.self
            )
            #expect(
                error.message == "Specified signature is not matched with our calculation. "
                    + "server string to sign is:" + stringToSign
            )
            #expect(error.message.count { $0 == ":" } == 1)
            #expect(!"\(error)".contains("testsecret"))
        }
    }

    @Test("temporary keys need their token, and ordinary keys have none")
    func securityTokens() async throws {
        let fixture = try await Fixture()
        #expect(await fixture.refusal(.v1(try signed(id: "STS.abc"))) == "MissingSecurityToken")
        #expect(await fixture.refusal(.v1(try signed(id: "STS.abc", token: ""))) == "MissingSecurityToken")
        let malformed = "InvalidSecurityToken.Malformed"
        #expect(await fixture.refusal(.v1(try signed(id: "STS.abc", token: "t"))) == malformed)
        let mismatch = "InvalidSecurityToken.MismatchWithAccessKey"
        #expect(await fixture.refusal(.v1(try signed(token: "t"))) == mismatch)
        #expect(await fixture.refusal(.v1(try signed(token: ""))) == nil)
    }

    @Test("every x-acs header is ignored, whatever it says")
    func headersPlayNoPart() async throws {
        let headers = [
            (name: "x-acs-action", value: "DeleteAlias"), (name: "x-acs-action", value: "Encrypt"),
            (name: "x-acs-security-token", value: "t"), (name: "x-acs-date", value: "never"),
        ]
        #expect(try await Fixture().refusal(.v1(try signed(), headers: headers)) == nil)
    }

    @Test("a RegionId may differ from the endpoint's only where the endpoint names none")
    func regions() async throws {
        let fixture = try await Fixture()
        let elsewhere = try signed(Parameters(["RegionId": "cn-beijing"]))
        let here = try signed(Parameters(["RegionId": "cn-hangzhou"]))
        #expect(await fixture.refusal(.v1(elsewhere)) == nil)
        #expect(await fixture.refusal(.v1(elsewhere, isRegionNamed: true)) == "InvalidParameter")
        #expect(await fixture.refusal(.v1(here, isRegionNamed: true)) == nil)
        #expect(await fixture.refusal(.v1(try signed(), isRegionNamed: true)) == nil)
    }

    @Test("the mark depends on access key and nonce alone, or on the signature where there is no nonce")
    func marks() async throws {
        let fixture = try await Fixture()
        func mark(_ parameters: Parameters) async throws -> UUIDBytes {
            try await fixture.authenticator.authenticate(.v1(parameters), at: Fixture.now).mark.digest
        }
        let first = try await mark(signed())
        #expect(try await mark(signed(Parameters(["Action": "Encrypt"]), at: Fixture.now.adding(seconds: 60))) == first)
        #expect(try await mark(signed(nonce: "m")) != first)
        #expect(try await mark(signed(id: "otherid", secret: "othersecret")) != first)

        let bare = try await mark(signed(nonce: nil))
        #expect(try await mark(signed(nonce: nil)) == bare)
        #expect(try await mark(signed(Parameters(["Action": "Encrypt"]), nonce: nil)) != bare)
        // A blank nonce is none; a nonce that spells the signature is another mark than the signature itself.
        #expect(try await mark(signed(nonce: "")) != bare)
        let signature = try signed(nonce: nil).value(of: "Signature").map { String(decoding: $0, as: UTF8.self) }
        #expect(try await mark(signed(nonce: signature)) != bare)
    }

    @Test("a nonce can be made mandatory")
    func mandatoryNonce() async throws {
        let fixture = try await Fixture(requiresNonce: true)
        #expect(await fixture.refusal(.v1(try signed(nonce: nil))) == "MissingSignatureNonce")
        #expect(await fixture.refusal(.v1(try signed())) == nil)
    }

    @Test("a warm secret is not opened again, and a key switched off or sealed anew is noticed at once")
    func cache() async throws {
        let fixture = try await Fixture()
        for _ in 0..<5 { #expect(await fixture.refusal(.v1(try signed())) == nil) }
        #expect(fixture.sealer.openCount == 1)

        try await fixture.add("testid", secret: "changed", account: "1")
        #expect(await fixture.refusal(.v1(try signed())) == "SignatureDoesNotMatch")
        #expect(await fixture.refusal(.v1(try signed(secret: "changed"))) == nil)
        try await fixture.add("testid", secret: "changed", account: "1", isActive: false)
        #expect(await fixture.refusal(.v1(try signed(secret: "changed"))) == "Forbidden.AccessKey")
    }

    @Test("the secret of a key that was deleted is let go of with the first request that finds the key gone")
    func deletedKey() async throws {
        let fixture = try await Fixture()
        let request = SignedRequest.v1(try signed())
        #expect(await fixture.refusal(request) == nil)
        let found = try await fixture.store.accessKey("testid")
        let key = try #require(found)
        try await fixture.store.apply(Change([.access(.deleteAccessKey(key.id, of: key.identity, in: key.account))]))
        #expect(await fixture.refusal(request) == "InvalidAccessKeyId.NotFound")
        // The very same key again: were its secret still here, it would not be opened.
        try await fixture.store.apply(Change([.access(.insertAccessKey(key, limit: nil))]))
        let opened = fixture.sealer.openCount
        #expect(await fixture.refusal(request) == nil)
        #expect(fixture.sealer.openCount == opened + 1)
    }

    @Test("the cache of secrets is bounded, and keys that fell out are opened again")
    func boundedCache() async throws {
        let fixture = try await Fixture(cacheCapacity: 8)
        for index in 0..<100 { try await fixture.add("key\(index)", secret: "s\(index)", account: "1") }
        for index in 0..<100 {
            #expect(await fixture.refusal(.v1(try signed(id: "key\(index)", secret: "s\(index)"))) == nil)
        }
        #expect(fixture.sealer.openCount == 100)
        #expect(await fixture.refusal(.v1(try signed(id: "key0", secret: "s0"))) == nil)
        #expect(fixture.sealer.openCount == 101)
        #expect(await fixture.refusal(.v1(try signed(id: "key99", secret: "s99"))) == nil)
        #expect(fixture.sealer.openCount == 101)
    }

    @Test("a secret sealed for another access key is not used")
    func sealedForAnother() async throws {
        let fixture = try await Fixture()
        let record = StubSealer.record(
            Array("testsecret".utf8),
            .accessKeySecret(account: AccountID("1")!, principal: "root", accessKeyID: "testid")
        )
        try await fixture.put("swapped", account: "1", sealed: record)
        let parameters = try signed(id: "swapped")
        await #expect {
            _ = try await fixture.authenticator.authenticate(.v1(parameters), at: Fixture.now)
        } throws: {
            ($0 as? KMSError)?.code == "InternalFailure"
        }
    }
}
