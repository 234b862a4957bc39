import KMSCore
import KMSTestKit
import Testing

@Suite("Keys whose messages are counted")
struct MeterTests {
    private static let sm4: KeyValuePairs = ["KeySpec": "Aliyun_SM4", "ProtectionLevel": "HSM"]

    @Test("a spent version is followed by a new one, and what it encrypted still decrypts")
    func rotates() async throws {
        let bench = try Bench(meter: UsageMeter(limit: 5, block: 2))
        let key = try await bench.makeKey(Self.sm4)
        let first = try await bench.metadata(of: key)["PrimaryKeyVersion"]
        bench.clock.advance(seconds: 60)
        var blobs: [(version: Field?, blob: String)] = []
        for number in 0..<12 {
            let made = try await bench.call("Encrypt", ["KeyId": key, "Plaintext": "text \(number)"])
            blobs.append((made["KeyVersionId"], try #require(made["CiphertextBlob"]?.text)))
        }
        #expect(blobs.prefix(5).allSatisfy { $0.version == first })
        #expect(Set(blobs.map { "\($0.version as Any)" }).count == 3)
        for (number, made) in blobs.enumerated() {
            let opened = try await bench.call("Decrypt", ["CiphertextBlob": made.blob])
            #expect(opened["Plaintext"] == .text("text \(number)"))
            #expect(opened["KeyVersionId"] == made.version)
        }
        let metadata = try await bench.metadata(of: key)
        #expect(metadata["PrimaryKeyVersion"] == blobs.last?.version)
        #expect(metadata["LastRotationDate"] == .text("2026-01-01T00:01:00Z"))
        #expect(metadata["AutomaticRotation"] == .text("Disabled"))
        #expect(bench.audit.records.filter { $0.action == "MeterRotateKey" }.count == 2)
    }

    @Test(
        "each operation that encrypts counts, and none that decrypts",
        arguments: ["Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt"]
    )
    func whatCounts(_ action: String) async throws {
        let bench = try Bench(meter: UsageMeter(limit: 3, block: 1))
        let source = try await bench.encrypt("text", under: try await bench.makeKey())
        let key = try await bench.makeKey(Self.sm4)
        let first = try await bench.metadata(of: key)["PrimaryKeyVersion"]
        for _ in 0..<3 {
            let blob: String
            switch action {
            case "ReEncrypt":
                blob = try #require(
                    try await bench.call(action, ["CiphertextBlob": source, "DestinationKeyId": key])["CiphertextBlob"]?
                        .text
                )
            case "Encrypt": blob = try await bench.encrypt("text", under: key)
            default: blob = try #require(try await bench.call(action, ["KeyId": key])["CiphertextBlob"]?.text)
            }
            for _ in 0..<5 { try await bench.call("Decrypt", ["CiphertextBlob": blob]) }
        }
        #expect(try await bench.metadata(of: key)["PrimaryKeyVersion"] == first)
        _ = try await bench.encrypt("text", under: key)
        #expect(try await bench.metadata(of: key)["PrimaryKeyVersion"] != first)
    }

    @Test("a key of imported material has no second version: it refuses, and decrypts on")
    func refuses() async throws {
        let bench = try Bench(meter: UsageMeter(limit: 3, block: 2))
        let key = try await bench.makeKey(["Origin": "EXTERNAL", "ProtectionLevel": "HSM"])
        try await bench.importMaterial(.material, with: try await bench.importParameters(for: key))
        var blob = ""
        for _ in 0..<3 { blob = try await bench.encrypt("text", under: key) }
        #expect(await bench.code("Encrypt", ["KeyId": key, "Plaintext": "text"]) == "Rejected.LimitExceeded")
        #expect(await bench.code("GenerateDataKey", ["KeyId": key]) == "Rejected.LimitExceeded")
        #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["Plaintext"] == .text("text"))
        // The meter goes with the version, which outlives its material.
        try await bench.call("DeleteKeyMaterial", ["KeyId": key])
        try await bench.importMaterial(.material, with: try await bench.importParameters(for: key))
        #expect(await bench.code("Encrypt", ["KeyId": key, "Plaintext": "text"]) == "Rejected.LimitExceeded")
    }

    @Test("neither a dry run nor a ciphertext that does not open counts or rotates")
    func whatDoesNotCount() async throws {
        let bench = try Bench(meter: UsageMeter(limit: 1, block: 1))
        let other = try await bench.encrypt("text", under: try await bench.makeKey())
        let key = try await bench.makeKey(Self.sm4)
        func refusals() async -> [String?] {
            [
                await bench.error(
                    "ReEncrypt",
                    [
                        "CiphertextBlob": other, "DestinationKeyId": key,
                        "SourceEncryptionContext": #"{"not":"its own"}"#,
                    ]
                ),
                await bench.error("Encrypt", ["KeyId": key, "Plaintext": "text"], isDryRun: true),
                await bench.error("GenerateDataKey", ["KeyId": key], isDryRun: true),
            ]
        }
        let expected: [String?] = ["InvalidParameter", "DryRunOperationError", "DryRunOperationError"]
        #expect(await refusals() == expected)
        let first = try await bench.call("Encrypt", ["KeyId": key, "Plaintext": "text"])["KeyVersionId"]
        // Now the version is spent, and nothing of this makes another.
        #expect(await refusals() == expected)
        #expect(try await bench.metadata(of: key)["PrimaryKeyVersion"] == first)
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(1))
    }

    @Test("keys with long nonces are not counted")
    func software() async throws {
        let bench = try Bench(meter: UsageMeter(limit: 1, block: 1))
        let key = try await bench.makeKey()
        for _ in 0..<5 { _ = try await bench.encrypt("text", under: key) }
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(1))
    }

    @Test("many requests at the end of a version are all served, by one new version or few")
    func concurrency() async throws {
        let bench = try Bench(meter: UsageMeter(limit: 50, block: 3))
        let key = try await bench.makeKey(Self.sm4)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let blob = try await bench.encrypt("text", under: key)
                    #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["Plaintext"] == .text("text"))
                }
            }
            try await group.waitForAll()
        }
        guard case .number(let count) = try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] else {
            Issue.record("no TotalCount")
            return
        }
        #expect((2...4).contains(count))
    }
}

extension Bench {
    /// The code of the refusal, or nil for success.
    fileprivate func error(
        _ action: String,
        _ parameters: KeyValuePairs<String, String>,
        isDryRun: Bool = false
    ) async -> String? {
        do throws(KMSError) {
            try await call(action, parameters, isDryRun: isDryRun)
            return nil
        } catch { return error.code }
    }
}
