import KMSCore
import KMSTestKit
import Testing

@Suite("Kinds of keys")
struct KeyKindTests {
    /// Every spec, its usages, and the usage that a key has where none is asked for.
    static let kinds: [(spec: String, usages: [String], usage: String, needsHSM: Bool)] = [
        ("Aliyun_AES_256", ["ENCRYPT/DECRYPT"], "ENCRYPT/DECRYPT", false),
        ("Aliyun_SM4", ["ENCRYPT/DECRYPT"], "ENCRYPT/DECRYPT", true),
        ("RSA_2048", ["ENCRYPT/DECRYPT", "SIGN/VERIFY"], "SIGN/VERIFY", false),
        ("RSA_3072", ["ENCRYPT/DECRYPT", "SIGN/VERIFY"], "SIGN/VERIFY", false),
        ("EC_P256", ["SIGN/VERIFY"], "SIGN/VERIFY", false), ("EC_P256K", ["SIGN/VERIFY"], "SIGN/VERIFY", false),
        ("EC_SM2", ["ENCRYPT/DECRYPT", "SIGN/VERIFY"], "SIGN/VERIFY", true),
    ]

    @Test("every spec has the usages and levels that the manual gives it, and no others")
    func combinations() async throws {
        let bench = try Bench()
        for kind in Self.kinds {
            let isSymmetric = kind.spec.hasPrefix("Aliyun")
            for usage in [nil, "ENCRYPT/DECRYPT", "SIGN/VERIFY"] {
                for level in ["SOFTWARE", "HSM"] {
                    let request = [("KeySpec", kind.spec), ("KeyUsage", usage ?? ""), ("ProtectionLevel", level)]
                        .map { (key: $0.0, value: $0.1) }
                    if usage.map({ !kind.usages.contains($0) }) ?? false {
                        #expect(await bench.code("CreateKey", request) == "InvalidParameter")
                    } else if kind.needsHSM, level == "SOFTWARE" {
                        #expect(await bench.code("CreateKey", request) == "Unsupported.ProtectionLevel")
                    } else {
                        let made = try #require(try await bench.call("CreateKey", request)["KeyMetadata"])
                        let texts = [
                            "KeySpec": kind.spec, "KeyUsage": usage ?? kind.usage, "ProtectionLevel": level,
                            "KeyState": "Enabled", "Origin": "Aliyun_KMS", "AutomaticRotation": "Disabled",
                            "LastRotationDate": "2026-01-01T00:00:00Z",
                        ]
                        for (name, text) in texts { #expect(made[name] == .text(text), "\(kind.spec) \(name)") }
                        #expect((made["PrimaryKeyVersion"] != nil) == isSymmetric, "\(kind.spec)")
                        let key = try #require(made["KeyId"]?.text)
                        #expect(try await bench.call("ListKeyVersions", ["KeyId": key])["TotalCount"] == .number(1))
                    }
                }
            }
        }
    }

    @Test("symmetric keys of every kind encrypt, and what they made says how")
    func symmetricKinds() async throws {
        let bench = try Bench()
        for (spec, algorithm) in [("Aliyun_AES_256", 2), ("Aliyun_SM4", 3)] as [(String, UInt8)] {
            let key = try await bench.makeKey(["KeySpec": spec, "ProtectionLevel": "HSM"])
            let blob = try await bench.encrypt("text", under: key, #"{"a":"b"}"#)
            let opened = try await bench.call(
                "Decrypt",
                ["CiphertextBlob": blob, "EncryptionContext": #"{"a":"b"}"#]
            )
            #expect(opened["Plaintext"] == .text("text"))
            #expect(await bench.code("Decrypt", ["CiphertextBlob": blob]) == "InvalidParameter")
            let bytes = try #require(Base64.decode(Array(blob.utf8)[...]))
            #expect(bytes[1] == algorithm)
            for other in CiphertextAlgorithm.allCases.map(\.rawValue) where other != algorithm {
                var changed = bytes
                changed[1] = other
                #expect(await bench.code("Decrypt", ["CiphertextBlob": base64(changed)]) == "InvalidParameter")
            }
        }
    }

    @Test("an HSM key needs an HSM: the refusal says how to come by one")
    func withoutHSM() async throws {
        let bench = try Bench(hasHSM: false)
        for spec in ["Aliyun_AES_256", "Aliyun_SM4", "RSA_2048", "EC_SM2"] {
            do {
                try await bench.call("CreateKey", ["KeySpec": spec, "ProtectionLevel": "HSM"])
                Issue.record("an HSM key was made without an HSM")
            } catch {
                #expect(error.code == "Unsupported.ProtectionLevel")
                #expect(error.message.hasPrefix("This protection level is not valid for this region"))
                #expect(error.message.contains("hsm.socket"))
            }
        }
    }

    @Test(
        "HSM keys exist in the regions of the manual, SM2 and SM4 in mainland China alone",
        arguments: [
            ("cn-hangzhou", true, true), ("cn-beijing", true, true), ("cn-zhangjiakou", true, true),
            ("cn-shanghai", true, true), ("cn-shenzhen", true, true), ("cn-hongkong", true, false),
            ("ap-southeast-1", true, false), ("ap-southeast-2", true, false), ("ap-southeast-3", true, false),
            ("ap-southeast-5", true, false), ("us-east-1", true, false), ("cn-qingdao", false, false),
            ("eu-central-1", false, false), ("my-cellar", false, false),
        ]
    )
    func regions(_ region: String, _ hasHSM: Bool, _ hasSM: Bool) async throws {
        let bench = try Bench()
        let namespace = Namespace.example("1000000000000001", region)
        for kind in Self.kinds where !kind.spec.hasPrefix("RSA") {
            let code = await bench.code(
                "CreateKey",
                ["KeySpec": kind.spec, "ProtectionLevel": "HSM"],
                in: namespace
            )
            let isPossible = kind.needsHSM ? hasSM : hasHSM
            #expect(code == (isPossible ? nil : "Unsupported.ProtectionLevel"), "\(kind.spec)")
        }
        #expect(await bench.code("CreateKey", ["KeySpec": "EC_P256"], in: namespace) == nil)
    }

    @Test("a region has the HSM that the operator gives it, whatever it is called, and a refusal names the others")
    func ownRegions() async throws {
        let (fips, chinese) = (try #require(RegionID("us-east-1")), try #require(RegionID("cn-qingdao")))
        let bench = try Bench(hsms: [fips: .fips, chinese: .chinese])
        func code(_ spec: String, _ region: String) async -> String? {
            let namespace = Namespace.example("1000000000000001", region)
            return await bench.code("CreateKey", ["KeySpec": spec, "ProtectionLevel": "HSM"], in: namespace)
        }
        #expect(await code("EC_P256", "us-east-1") == nil)
        #expect(await code("EC_SM2", "us-east-1") == "Unsupported.ProtectionLevel")
        #expect(await code("EC_P256", "cn-qingdao") == nil)
        #expect(await code("Aliyun_SM4", "cn-qingdao") == nil)
        #expect(await code("EC_P256", "cn-hangzhou") == "Unsupported.ProtectionLevel")
        do {
            try await bench.call("CreateKey", ["KeySpec": "EC_SM2", "ProtectionLevel": "HSM"])
            Issue.record("an HSM key was made where there is no HSM")
        } catch { #expect(error.message.hasSuffix("cn-hangzhou has no HSM for keys of spec EC_SM2: use cn-qingdao.")) }
    }
}
