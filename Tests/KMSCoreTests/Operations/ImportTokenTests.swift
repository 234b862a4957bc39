import KMSCore
import KMSTestKit
import Testing

@Suite("Import tokens")
struct ImportTokenTests {
    @Test("every call makes another pair and token, which serve again and again for a day")
    func lifetime() async throws {
        let bench = try Bench()
        let key = try await bench.makeExternalKey()
        let answer = try await bench.call(
            "GetParametersForImport",
            ["KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_1", "WrappingKeySpec": "RSA_2048"]
        )
        #expect(answer["TokenExpireTime"] == .text("2026-01-02T00:00:00Z"))
        let (one, other) = (try await bench.importParameters(for: key), try await bench.importParameters(for: key))
        #expect(one.token != other.token && one.publicKey != other.publicKey)
        for _ in 0...Limits.importTries { try await bench.importMaterial(.material, with: one) }
        bench.clock.advance(seconds: 86_399)
        try await bench.importMaterial(.material, with: one)
        try await bench.importMaterial(.material, with: other)
        bench.clock.advance(seconds: 1)
        // Its pair may be there still, or gone: the answer is the same.
        for _ in 0..<2 {
            await #expect(throws: KMSError.expiredImportToken) { try await bench.importMaterial(.material, with: one) }
            #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
            let expired = try await bench.store.importPairsToDelete(at: bench.clock.now(), limit: 10)
            #expect(expired.isEmpty)
        }
    }

    @Test("a token of another key, account, region or pair is none, and neither is a changed one")
    func boundTokens() async throws {
        let bench = try Bench()
        let key = try await bench.makeExternalKey()
        let parameters = try await bench.importParameters(for: key)
        let wrapped = try parameters.wrapped(.material)
        let sibling = try await bench.importParameters(for: try await bench.makeExternalKey())
        #expect(await bench.importError(wrapped, key: key, token: sibling.token) == .invalidImportToken)
        for namespace in [Namespace.example("2"), .example("1000000000000001", "cn-beijing")] {
            let foreign = try await bench.makeExternalKey(in: namespace)
            let error = await bench.importError(wrapped, key: foreign, token: parameters.token, in: namespace)
            #expect(error == .invalidImportToken)
        }
        let bytes = try #require(Base64.decode(Array(parameters.token.utf8)[...]))
        for position in bytes.indices {
            var changed = bytes
            changed[position] ^= 1
            let error = await bench.importError(wrapped, key: key, token: Base64.encode(changed))
            #expect(error == .invalidImportToken, "byte \(position)")
        }
        for token in ["AAAA", "=", "\u{0}", parameters.token + "=", String(parameters.token.dropLast()), "é"] {
            #expect(await bench.importError(wrapped, key: key, token: token) == .invalidImportToken, "\(token)")
        }
        // Another pair of the same key: the token is good, the material is not wrapped to its public key.
        let another = try await bench.importParameters(for: key)
        #expect(await bench.importError(wrapped, key: key, token: another.token) == .invalidKeyMaterial)
        // None of this took a try from the first.
        #expect(await bench.importError(wrapped, key: key, token: parameters.token) == nil)
    }

    @Test(
        "material that was wrapped by another algorithm than the token's does not come in",
        arguments: [EncryptionAlgorithm.rsaesPKCS1, .rsaesOAEPSHA1, .rsaesOAEPSHA256]
    )
    func otherAlgorithms(_ algorithm: EncryptionAlgorithm) async throws {
        let bench = try Bench()
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey(), algorithm)
        for other in [EncryptionAlgorithm.rsaesPKCS1, .rsaesOAEPSHA1, .rsaesOAEPSHA256] where other != algorithm {
            let wrapped = try parameters.wrapped(.material, by: other)
            let error = await bench.importError(wrapped, key: parameters.key, token: parameters.token)
            #expect(error == .invalidKeyMaterial)
        }
        #expect(try await bench.state(of: parameters.key) == "PendingImport")
    }

    @Test("five attempts may fail, alike whatever was wrong; then the token is used up, even for the right material")
    func tries() async throws {
        let bench = try Bench()
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey())
        let garbage = Base64.encode([UInt8](repeating: 0x17, count: 256))
        let attempts = [
            garbage, try parameters.wrapped(Array(1...31)), try parameters.wrapped(Array(1...33)),
            try parameters.wrapped([]), try parameters.wrapped(.material, by: .rsaesPKCS1),
        ]
        for attempt in attempts {
            let error = await bench.importError(attempt, key: parameters.key, token: parameters.token)
            #expect(error == .invalidKeyMaterial)
        }
        let right = try parameters.wrapped(.material)
        for attempt in [right, garbage, right] {
            let error = await bench.importError(attempt, key: parameters.key, token: parameters.token)
            #expect(error == .exhaustedImportToken)
        }
        #expect(KMSError.exhaustedImportToken.code == "InvalidImportToken")
        #expect(try await bench.state(of: parameters.key) == "PendingImport")
    }

    @Test("a success gives its try back, and a failure after it takes one")
    func returnedTries() async throws {
        let bench = try Bench()
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey())
        let wrong = Base64.encode([UInt8](repeating: 0x17, count: 256))
        for _ in 1..<Limits.importTries {
            #expect(await bench.importError(wrong, key: parameters.key, token: parameters.token)?.status == 400)
        }
        for _ in 0..<3 { try await bench.importMaterial(.material, with: parameters) }
        #expect(
            await bench.importError(wrong, key: parameters.key, token: parameters.token) == .invalidKeyMaterial
        )
        await #expect(throws: KMSError.exhaustedImportToken) {
            try await bench.importMaterial(.material, with: parameters)
        }
    }

    @Test("of many attempts at once no more than five are decrypted")
    func concurrentTries() async throws {
        let bench = try Bench()
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey())
        let wrong = Base64.encode([UInt8](repeating: 0x17, count: 256))
        let errors = await withTaskGroup(of: KMSError?.self) { group in
            for _ in 0..<40 {
                group.addTask { await bench.importError(wrong, key: parameters.key, token: parameters.token) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.count { $0 == .invalidKeyMaterial } == Limits.importTries)
        #expect(errors.count { $0 == .exhaustedImportToken } == 40 - Limits.importTries)
    }

    @Test("of different materials that come at once, one becomes the key's and the others are refused")
    func concurrentFirstImports() async throws {
        let bench = try Bench()
        let key = try await bench.makeExternalKey()
        let parameters = try await bench.importParameters(for: key)
        let materials = (0..<4).map { number in [UInt8](repeating: UInt8(number), count: 32) }
        let errors = await withTaskGroup(of: KMSError?.self) { group in
            for material in materials {
                group.addTask {
                    guard let wrapped = try? parameters.wrapped(material) else { return .keyNotFound }
                    return await bench.importError(wrapped, key: key, token: parameters.token)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.count { $0 == nil } == 1)
        #expect(errors.count { $0 == .invalidKeyMaterial } == 3)
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(1))
    }

    @Test("a ciphertext of a length that the algorithm never gives costs no try, and no base64 is no material")
    func shapes() async throws {
        let bench = try Bench()
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey())
        for count in [1, 16, 32, 255, 257, 384, 512] {
            for _ in 0...Limits.importTries {
                let wrapped = Base64.encode([UInt8](repeating: 1, count: count))
                let error = await bench.importError(wrapped, key: parameters.key, token: parameters.token)
                #expect(error == .invalidKeyMaterial, "\(count)")
            }
        }
        for text in ["A", "AA=A", "%%%%", "QR==", String(repeating: "A", count: 4_096)] {
            let error = await bench.importError(text, key: parameters.key, token: parameters.token)
            #expect(error?.code == "InvalidParameter", "\(text.prefix(8))")
        }
        try await bench.importMaterial(.material, with: parameters)
    }

    @Test("a dry run takes no try, makes no pair and imports nothing")
    func dryRun() async throws {
        let bench = try Bench()
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey())
        let wrapped = try parameters.wrapped(.material)
        for _ in 0...Limits.importTries {
            await #expect(throws: KMSError.dryRun) {
                try await bench.call(
                    "ImportKeyMaterial",
                    ["KeyId": parameters.key, "EncryptedKeyMaterial": wrapped, "ImportToken": parameters.token],
                    isDryRun: true
                )
            }
        }
        #expect(try await bench.state(of: parameters.key) == "PendingImport")
        #expect(await bench.importError(wrapped, key: parameters.key, token: parameters.token) == nil)
        await #expect(throws: KMSError.dryRun) {
            try await bench.call("DeleteKeyMaterial", ["KeyId": parameters.key], isDryRun: true)
        }
        #expect(try await bench.state(of: parameters.key) == "Enabled")
    }

    @Test("an attempt that is sent again is refused as such and takes no second try")
    func replays() async throws {
        let bench = try Bench()
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey())
        let wrong = Base64.encode([UInt8](repeating: 0x17, count: 256))
        let mark = ReplayMark(
            digest: UUIDBytes(high: 1, low: 1),
            account: Namespace.example().account,
            timestamp: bench.clock.now()
        )
        var codes: [String] = []
        for _ in 0..<10 {
            do {
                try await bench.call(
                    "ImportKeyMaterial",
                    ["KeyId": parameters.key, "EncryptedKeyMaterial": wrong, "ImportToken": parameters.token],
                    replay: mark
                )
            } catch { codes.append(error.code) }
        }
        #expect(codes == ["InvalidKeyMaterial"] + [String](repeating: "SignatureNonceUsed", count: 9))
        try await bench.importMaterial(.material, with: parameters)
    }

    @Test("an import and its record are one change; a refused one is recorded as well")
    func records() async throws {
        let bench = try Bench()
        let parameters = try await bench.makeImportedKey()
        let imported = try #require(bench.audit.records.last)
        #expect(imported.action == "ImportKeyMaterial" && imported.outcome == .success)
        let version = try await bench.metadata(of: parameters.key)["PrimaryKeyVersion"]?.text
        #expect(imported.version?.description == version)
        await #expect(throws: KMSError.invalidKeyMaterial) {
            try await bench.importMaterial(.otherMaterial, with: parameters)
        }
        let refused = try #require(bench.audit.records.last)
        #expect(refused.errorCode == "InvalidKeyMaterial" && refused.outcome == .refused)
    }
}
