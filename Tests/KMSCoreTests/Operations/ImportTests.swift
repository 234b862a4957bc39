import KMSCore
import KMSProtection
import KMSTestKit
import Testing

@Suite("Imported key material")
struct ImportTests {
    @Test("an external key waits for material and has no version until it comes")
    func externalKey() async throws {
        let bench = try Bench()
        let made = try #require(try await bench.call("CreateKey", ["Origin": "EXTERNAL"])["KeyMetadata"])
        let key = try #require(made["KeyId"]?.text)
        for metadata in [made, try await bench.metadata(of: key)] {
            #expect(metadata["KeyState"] == .text("PendingImport"))
            #expect(metadata["Origin"] == .text("EXTERNAL"))
            #expect(metadata["MaterialExpireTime"] == .text(""))
            #expect(metadata["PrimaryKeyVersion"] == nil)
        }
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(0))
        #expect(await bench.code("Encrypt", ["KeyId": key, "Plaintext": "x"]) == "Rejected.PendingImport")
        let rotating: KeyValuePairs = [
            "Origin": "EXTERNAL", "EnableAutomaticRotation": "true", "RotationInterval": "7d",
        ]
        #expect(await bench.code("CreateKey", rotating) == "InvalidParameter")
        for spec in KeySpec.allCases where !spec.isSymmetric {
            let code = await bench.code("CreateKey", ["Origin": "EXTERNAL", "KeySpec": spec.rawValue])
            #expect(code == "InvalidParameter", "\(spec)")
        }
    }

    @Test(
        "material comes in by every RSA wrapping and encrypts",
        arguments: [EncryptionAlgorithm.rsaesPKCS1, .rsaesOAEPSHA1, .rsaesOAEPSHA256]
    )
    func wrappings(_ algorithm: EncryptionAlgorithm) async throws {
        let bench = try Bench()
        let key = try await bench.makeExternalKey()
        bench.clock.advance(seconds: 60)
        try await bench.importMaterial(.material, with: try await bench.importParameters(for: key, algorithm))
        let metadata = try await bench.metadata(of: key)
        #expect(metadata["KeyState"] == .text("Enabled"))
        #expect(metadata["MaterialExpireTime"] == .text(""))
        #expect(metadata["LastRotationDate"] == .text("2026-01-01T00:01:00Z"))
        let version = try #require(metadata["PrimaryKeyVersion"]?.text)
        let described = try await bench.call("DescribeKeyVersion", ["KeyId": key, "KeyVersionId": version])
        #expect(described["KeyVersion"]?["CreationDate"] == .text("2026-01-01T00:01:00Z"))
        let blob = try await bench.encrypt("text", under: key)
        #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["Plaintext"] == .text("text"))
    }

    @Test("keys of an HSM take AES and SM4 material by every wrapping, SM2 where the HSM is Chinese")
    func hsmKeys() async throws {
        let bench = try Bench()
        for (spec, material) in [("Aliyun_AES_256", [UInt8].material), ("Aliyun_SM4", Array(1...16))] {
            let key = try await bench.makeKey(["Origin": "EXTERNAL", "KeySpec": spec, "ProtectionLevel": "HSM"])
            for algorithm in EncryptionAlgorithm.allCases {
                let parameters = try await bench.importParameters(for: key, algorithm)
                for wrong in [Array(material.dropLast()), material + [1]] {
                    await #expect(throws: KMSError.invalidKeyMaterial) {
                        try await bench.importMaterial(wrong, with: parameters)
                    }
                }
                try await bench.importMaterial(material, with: parameters)
            }
            let blob = try await bench.encrypt("text", under: key)
            #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["Plaintext"] == .text("text"))
        }
        let elsewhere = Namespace.example("1000000000000001", "us-east-1")
        let key = try await bench.makeKey(["Origin": "EXTERNAL", "ProtectionLevel": "HSM"], in: elsewhere)
        await #expect(throws: KMSError.self) { try await bench.importParameters(for: key, .sm2PKE, in: elsewhere) }
        _ = try await bench.importParameters(for: key, in: elsewhere)
    }

    @Test("two keys with the same material do not open each other's ciphertexts")
    func keysAreIndependent() async throws {
        let bench = try Bench()
        let (one, other) = (try await bench.makeImportedKey(), try await bench.makeImportedKey())
        let blob = try await bench.encrypt("text", under: one.key)
        let version = try #require(try await bench.metadata(of: other.key)["PrimaryKeyVersion"]?.text)
        var bytes = try #require(Base64.decode(Array(blob.utf8)[...]))
        bytes.replaceSubrange(2..<18, with: try #require(UUIDBytes(text: version.utf8)).bytes)
        #expect(await bench.code("Decrypt", ["CiphertextBlob": Base64.encode(bytes)]) == "InvalidParameter")
    }

    @Test("only the identical material comes in again: its version and its ciphertexts live on")
    func identicalMaterial() async throws {
        let bench = try Bench()
        let parameters = try await bench.makeImportedKey()
        let key = parameters.key
        let blob = try await bench.encrypt("text", under: key)
        let version = try await bench.metadata(of: key)["PrimaryKeyVersion"]
        // While the material is there, and after it was deleted.
        for isDeleted in [false, true] {
            if isDeleted {
                try await bench.call("DeleteKeyMaterial", ["KeyId": key])
                #expect(try await bench.state(of: key) == "PendingImport")
                #expect(bench.software.openedCount == 0)
                #expect(await bench.code("Decrypt", ["CiphertextBlob": blob]) == "Rejected.PendingImport")
            }
            let before = try await bench.metadata(of: key)
            await #expect(throws: KMSError.invalidKeyMaterial) {
                try await bench.importMaterial(.otherMaterial, with: parameters)
            }
            #expect(try await bench.metadata(of: key) == before)
            try await bench.importMaterial(.material, with: parameters)
            let after = try await bench.metadata(of: key)
            #expect(after["PrimaryKeyVersion"] == version)
            #expect(after["KeyState"] == .text("Enabled"))
            #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["Plaintext"] == .text("text"))
        }
        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(1))
    }

    @Test("material serves until its second comes, whether upkeep has run or not")
    func expiry() async throws {
        let bench = try Bench()
        let now = bench.clock.now().seconds
        let parameters = try await bench.importParameters(for: try await bench.makeExternalKey())
        for second in [now, now - 1, 1] {
            let error = await #expect(throws: KMSError.self) {
                try await bench.importMaterial(.material, with: parameters, expiring: second)
            }
            #expect(error?.code == "InvalidParameter" && error?.message.contains("past") == true)
        }
        for text in ["-1", "253402300800", "9223372036854775807", "99999999999999999999", "1.5", "x"] {
            let request: KeyValuePairs = [
                "KeyId": parameters.key, "EncryptedKeyMaterial": "AAAA", "ImportToken": parameters.token,
                "KeyMaterialExpireUnix": text,
            ]
            #expect(await bench.code("ImportKeyMaterial", request) == "InvalidParameter", "\(text)")
        }
        try await bench.importMaterial(.material, with: parameters, expiring: now + 100)
        #expect(try await bench.metadata(of: parameters.key)["MaterialExpireTime"] == .text("2026-01-01T00:01:40Z"))
        // The last that dates can name.
        try await bench.importMaterial(.material, with: parameters, expiring: 253_402_300_799)
        #expect(try await bench.metadata(of: parameters.key)["MaterialExpireTime"] == .text("9999-12-31T23:59:59Z"))
        try await bench.importMaterial(.material, with: parameters, expiring: now + 10)
        let blob = try await bench.encrypt("text", under: parameters.key)
        bench.clock.advance(seconds: 9)
        #expect(await bench.code("Decrypt", ["CiphertextBlob": blob]) == nil)
        #expect(try await bench.state(of: parameters.key) == "Enabled")
        bench.clock.advance(seconds: 1)
        #expect(await bench.code("Decrypt", ["CiphertextBlob": blob]) == "Rejected.PendingImport")
        #expect(try await bench.state(of: parameters.key) == "PendingImport")
        for upkeepRuns in [false, true] {
            if upkeepRuns {
                bench.clock.advance(seconds: 10)
                #expect(await Upkeep(bench.service).run(mayDestroy: false) == [])
                #expect(bench.software.openedCount == 1)
                #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
                #expect(bench.software.openedCount == 0)
                #expect(bench.audit.records.last?.action == "UpkeepDeleteMaterial")
                #expect(try await bench.metadata(of: parameters.key)["MaterialExpireTime"] == .text(""))
            }
            await #expect(throws: KMSError.invalidKeyMaterial) {
                try await bench.importMaterial(.otherMaterial, with: parameters)
            }
            try await bench.importMaterial(.material, with: parameters, expiring: bench.clock.now().seconds + 10)
            #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["Plaintext"] == .text("text"))
        }
    }

    @Test("a disabled key stays disabled, and one to be deleted keeps its date and takes nothing")
    func states() async throws {
        let bench = try Bench()
        let parameters = try await bench.makeImportedKey()
        let key = parameters.key
        try await bench.call("DisableKey", ["KeyId": key])
        try await bench.call("DeleteKeyMaterial", ["KeyId": key])
        #expect(try await bench.state(of: key) == "PendingImport")
        try await bench.importMaterial(.material, with: parameters)
        #expect(try await bench.state(of: key) == "Disabled")
        try await bench.call("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": "7"])
        let scheduled = try await bench.metadata(of: key)
        let error = await #expect(throws: KMSError.self) { try await bench.importMaterial(.material, with: parameters) }
        #expect(error?.code == "Rejected.StateModifiedFailed")
        _ = try await bench.importParameters(for: key)
        try await bench.call("DeleteKeyMaterial", ["KeyId": key])
        #expect(try await bench.metadata(of: key)["KeyState"] == .text("PendingDeletion"))
        #expect(try await bench.metadata(of: key)["DeleteDate"] == scheduled["DeleteDate"])
        try await bench.call("CancelKeyDeletion", ["KeyId": key])
        #expect(try await bench.state(of: key) == "PendingImport")
        // Without material there is nothing to delete, and nothing to complain about.
        try await bench.call("DeleteKeyMaterial", ["KeyId": key])
        // The window's end takes pairs of tokens with the key.
        try await bench.call("ScheduleKeyDeletion", ["KeyId": key, "PendingWindowInDays": "7"])
        bench.clock.advance(seconds: 7 * 86_400 + 1)
        _ = await Upkeep(bench.service).run(mayDestroy: true)
        bench.clock.advance(seconds: 86_400)
        #expect(await Upkeep(bench.service).run(mayDestroy: true) == [])
        #expect(await bench.code("DescribeKey", ["KeyId": key]) == "Forbidden.KeyNotFound")
    }

    @Test(
        "keys whose material was made here take none, and no alias stands for a key",
        arguments: ["GetParametersForImport", "ImportKeyMaterial", "DeleteKeyMaterial"]
    )
    func refusedKeys(_ action: String) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        try await bench.call("CreateAlias", ["KeyId": key, "AliasName": "alias/a"])
        func code(_ name: String) async -> String? {
            await bench.code(
                action,
                [
                    "KeyId": name, "WrappingAlgorithm": "RSAES_OAEP_SHA_1", "WrappingKeySpec": "RSA_2048",
                    "EncryptedKeyMaterial": "AAAA", "ImportToken": "AAAA",
                ]
            )
        }
        #expect(await code(key) == "Unsupported.Origin")
        #expect(await code("alias/a") == "Unsupported.Alias")
        #expect(await code("00000000-0000-0000-0000-000000000001") == "Forbidden.KeyNotFound")
    }

    @Test(
        "algorithm and spec of the wrapping must be known and fit each other",
        arguments: [
            ("RSAES_OAEP_SHA_1", "EC_SM2", "InvalidParameter"), ("SM2PKE", "RSA_2048", "InvalidParameter"),
            ("SM2PKE", "EC_SM2", "InvalidParameter"), ("RSAES_OAEP_SHA_1", "RSA_3072", "InvalidParameter"),
            ("RSAES_OAEP_SHA_512", "RSA_2048", "InvalidParameter"), ("", "RSA_2048", "MissingParameter"),
            ("RSAES_OAEP_SHA_1", "", "MissingParameter"),
        ]
    )
    func wrappingParameters(_ algorithm: String, _ spec: String, _ code: String) async throws {
        let bench = try Bench()
        let key = try await bench.makeExternalKey()
        let request: KeyValuePairs = ["KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": spec]
        #expect(await bench.code("GetParametersForImport", request) == code)
    }
}
