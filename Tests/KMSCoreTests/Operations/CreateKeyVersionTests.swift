import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@Suite("Making versions of asymmetric keys")
struct CreateKeyVersionTests {
    @Test("a further version comes after seven days, and the refusal says when; the first one keeps working")
    func interval() async throws {
        let bench = try Bench()
        let pair = try await bench.makePair(.ecP256, .signVerify)
        let request: KeyValuePairs = ["Algorithm": "ECDSA_SHA_256", "Digest": AsymmetricKeyTests.digest]
        let before = try #require(try await bench.call("AsymmetricSign", pair.with(request))["Value"]?.text)
        bench.clock.advance(seconds: 604_799)
        do {
            try await bench.call("CreateKeyVersion", ["KeyId": pair.key])
            Issue.record("a version was made too early")
        } catch {
            #expect(error.status == 400 && error.code == "Rejected.LimitExceeded")
            #expect(error.message.contains("2026-01-08T00:00:00Z"))
        }
        bench.clock.advance(seconds: 1)
        try await bench.call("CreateAlias", ["KeyId": pair.key, "AliasName": "alias/signer"])
        let made = try #require(try await bench.call("CreateKeyVersion", ["KeyId": "alias/signer"])["KeyVersion"])
        #expect(made["KeyId"] == .text(pair.key))
        #expect(made["CreationDate"] == .text("2026-01-08T00:00:00Z"))
        let metadata = try await bench.metadata(of: pair.key)
        #expect(metadata["LastRotationDate"] == .text("2026-01-08T00:00:00Z"))
        #expect(metadata["PrimaryKeyVersion"] == nil)
        let next = Pair(key: pair.key, version: try #require(made["KeyVersionId"]?.text))
        #expect(try await bench.publicKey(of: pair, .ecP256).der != bench.publicKey(of: next, .ecP256).der)
        let check: KeyValuePairs = [
            "Algorithm": "ECDSA_SHA_256", "Digest": AsymmetricKeyTests.digest, "Value": before,
        ]
        #expect(try await bench.call("AsymmetricVerify", pair.with(check))["Value"] == .boolean(true))
        #expect(await bench.code("CreateKeyVersion", ["KeyId": pair.key]) == "Rejected.LimitExceeded")
        let listing = try await bench.call("ListKeyVersions", ["KeyId": pair.key])
        #expect(listing["TotalCount"] == .number(2))
    }

    @Test("a key has 50 versions at most, also where many ask at once")
    func count() async throws {
        let bench = try Bench(versionInterval: 0)
        let pair = try await bench.makePair(.ecP256K, .signVerify)
        let codes = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<60 { group.addTask { await bench.code("CreateKeyVersion", ["KeyId": pair.key]) } }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.allSatisfy { $0 == nil || $0 == "Rejected.LimitExceeded" || $0 == "Rejected.Throttling" })
        while await bench.code("CreateKeyVersion", ["KeyId": pair.key]) == nil {}
        #expect(await bench.code("CreateKeyVersion", ["KeyId": pair.key]) == "Rejected.LimitExceeded")
        #expect(try await bench.call("ListKeyVersions", ["KeyId": pair.key])["TotalCount"] == .number(50))
    }

    @Test("two requests at the same moment make one version between them")
    func race() async throws {
        let bench = try Bench()
        let pair = try await bench.makePair(.ecP256, .signVerify)
        bench.clock.advance(seconds: 604_800)
        let codes = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<8 { group.addTask { await bench.code("CreateKeyVersion", ["KeyId": pair.key]) } }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1)
        #expect(try await bench.call("ListKeyVersions", ["KeyId": pair.key])["TotalCount"] == .number(2))
    }

    @Test("symmetric keys get none, and a dry run makes none")
    func refusals() async throws {
        let bench = try Bench(versionInterval: 0)
        let symmetric = try await bench.makeKey()
        #expect(await bench.code("CreateKeyVersion", ["KeyId": symmetric]) == "Rejected.UnsupportedOperation")
        #expect(await bench.code("CreateKeyVersion", ["KeyId": "alias/none"]) == "Forbidden.AliasNotFound")
        #expect(await bench.code("CreateKeyVersion") == "MissingParameter")
        let pair = try await bench.makePair(.ecP256, .signVerify)
        await #expect(throws: KMSError.dryRun) {
            try await bench.call("CreateKeyVersion", ["KeyId": pair.key], isDryRun: true)
        }
        #expect(try await bench.call("ListKeyVersions", ["KeyId": pair.key])["TotalCount"] == .number(1))
    }
}
