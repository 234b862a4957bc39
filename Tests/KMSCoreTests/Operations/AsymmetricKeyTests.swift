import FoundationEssentials
import KMSCore
import KMSCrypto
import KMSProtection
import KMSTestKit
import Synchronization
import Testing

@Suite("Asymmetric keys")
struct AsymmetricKeyTests {
    static let encrypting: [(KeySpec, EncryptionAlgorithm, Int)] = [
        (.rsa2048, .rsaesOAEPSHA256, 190), (.rsa2048, .rsaesOAEPSHA1, 214), (.rsa3072, .rsaesOAEPSHA256, 318),
        (.rsa3072, .rsaesOAEPSHA1, 342), (.ecSM2, .sm2PKE, 6_047),
    ]
    static let signing: [(KeySpec, SignatureAlgorithm)] = [
        (.rsa2048, .rsaPSSSHA256), (.rsa2048, .rsaPKCS1SHA256), (.rsa3072, .rsaPSSSHA256), (.ecP256, .ecdsaSHA256),
        (.ecP256K, .ecdsaSHA256), (.ecSM2, .sm2DSA),
    ]
    static let digest = base64([UInt8](repeating: 0x5A, count: 32))

    @Test("what was encrypted is decrypted again, up to the longest plaintext and no further", arguments: encrypting)
    func encryption(_ spec: KeySpec, _ algorithm: EncryptionAlgorithm, _ longest: Int) async throws {
        let bench = try Bench()
        let pair = try await bench.makePair(spec, .encryptDecrypt)
        for count in [1, longest] {
            let plaintext = base64((0..<count).map { UInt8(truncatingIfNeeded: $0) })
            let request: KeyValuePairs = ["Algorithm": algorithm.rawValue, "Plaintext": plaintext]
            let sealed = try await bench.call("AsymmetricEncrypt", pair.with(request))
            #expect(sealed["KeyId"] == .text(pair.key) && sealed["KeyVersionId"] == .text(pair.version))
            let blob = try #require(sealed["CiphertextBlob"]?.text)
            let byteCount = spec == .ecSM2 ? count + 97 : spec == .rsa3072 ? 384 : 256
            #expect(Data(base64Encoded: blob)?.count == byteCount)
            let again: KeyValuePairs = ["Algorithm": algorithm.rawValue, "CiphertextBlob": blob]
            let opened = try await bench.call("AsymmetricDecrypt", pair.with(again))
            #expect(opened["Plaintext"] == .text(plaintext))
            #expect(opened["KeyId"] == .text(pair.key) && opened["KeyVersionId"] == .text(pair.version))
        }
        let long = base64([UInt8](repeating: 1, count: longest + 1))
        let request: KeyValuePairs = ["Algorithm": algorithm.rawValue, "Plaintext": long]
        #expect(await bench.code("AsymmetricEncrypt", pair.with(request)) == "InvalidParameter")
    }

    @Test("the public key that is answered opens nothing but verifies and encrypts for the version", arguments: signing)
    func signatures(_ spec: KeySpec, _ algorithm: SignatureAlgorithm) async throws {
        let bench = try Bench()
        let pair = try await bench.makePair(spec, .signVerify)
        let request: KeyValuePairs = ["Algorithm": algorithm.rawValue, "Digest": Self.digest]
        let signed = try await bench.call("AsymmetricSign", pair.with(request))
        #expect(signed["KeyId"] == .text(pair.key) && signed["KeyVersionId"] == .text(pair.version))
        let value = try #require(signed["Value"]?.text)
        let signature = Array(try #require(Data(base64Encoded: value)))
        let publicKey = try await bench.publicKey(of: pair, spec)
        #expect(publicKey.verify(signature, of: [UInt8](repeating: 0x5A, count: 32), with: algorithm))
        func verdict(_ digest: String, _ value: String) async throws -> Field? {
            let request: KeyValuePairs = ["Algorithm": algorithm.rawValue, "Digest": digest, "Value": value]
            return try await bench.call("AsymmetricVerify", pair.with(request))["Value"]
        }
        #expect(try await verdict(Self.digest, value) == .boolean(true))
        #expect(try await verdict(base64([UInt8](repeating: 0, count: 32)), value) == .boolean(false))
        for position in [0, signature.count / 2, signature.count - 1] {
            var changed = signature
            changed[position] ^= 1
            #expect(try await verdict(Self.digest, base64(changed)) == .boolean(false))
        }
        let wrong = [[0], signature + [0], Array(signature.dropLast()), [UInt8](repeating: 1, count: 5_000)]
        for wrong in wrong {
            #expect(try await verdict(Self.digest, base64(wrong)) == .boolean(false))
        }
    }

    @Test("a signature of another version or another key is none")
    func otherSigner() async throws {
        let bench = try Bench(versionInterval: 0)
        let pair = try await bench.makePair(.ecP256, .signVerify)
        let answer = try await bench.call("CreateKeyVersion", ["KeyId": pair.key])
        let next = Pair(key: pair.key, version: try #require(answer["KeyVersion"]?["KeyVersionId"]?.text))
        let other = try await bench.makePair(.ecP256, .signVerify)
        let request: KeyValuePairs = ["Algorithm": "ECDSA_SHA_256", "Digest": Self.digest]
        let value = try #require(try await bench.call("AsymmetricSign", pair.with(request))["Value"]?.text)
        for (signer, expected) in [(pair, true), (next, false), (other, false)] {
            let request: KeyValuePairs = ["Algorithm": "ECDSA_SHA_256", "Digest": Self.digest, "Value": value]
            let verdict = try await bench.call("AsymmetricVerify", signer.with(request))["Value"]
            #expect(verdict == .boolean(expected))
        }
    }

    @Test(
        "a ciphertext that does not open has one answer, whatever is wrong with it",
        arguments: encrypting.filter { $0.0 != .rsa3072 }
    )
    func refusedCiphertexts(_ spec: KeySpec, _ algorithm: EncryptionAlgorithm, _: Int) async throws {
        let bench = try Bench(versionInterval: 0)
        let pair = try await bench.makePair(spec, .encryptDecrypt)
        let request: KeyValuePairs = ["Algorithm": algorithm.rawValue, "Plaintext": "aGVsbG8="]
        let blob = try #require(try await bench.call("AsymmetricEncrypt", pair.with(request))["CiphertextBlob"]?.text)
        let ciphertext = Array(try #require(Data(base64Encoded: blob)))
        var changed = ciphertext
        changed[ciphertext.count - 1] ^= 1
        var first = ciphertext
        first[0] ^= 0x80
        let noise = [UInt8](repeating: 0x17, count: ciphertext.count)
        let answer = try await bench.call("CreateKeyVersion", ["KeyId": pair.key])
        let next = Pair(key: pair.key, version: try #require(answer["KeyVersion"]?["KeyVersionId"]?.text))
        var errors: [KMSError] = []
        let wrong = [changed, first, noise, ciphertext + [0], Array(ciphertext.dropLast()), ciphertext + ciphertext]
        for (pair, bytes) in wrong.map({ (pair, $0) }) + [(next, ciphertext)] {
            do {
                let request: KeyValuePairs = ["Algorithm": algorithm.rawValue, "CiphertextBlob": base64(bytes)]
                try await bench.call("AsymmetricDecrypt", pair.with(request))
                Issue.record("a ciphertext of \(bytes.count) bytes opened that should not")
            } catch { errors.append(error) }
        }
        #expect(errors.count == 7)
        #expect(Set(errors.map(\.message)).count == 1)
        #expect(errors.allSatisfy { $0.code == "InvalidParameter" && $0.cause == nil })
    }

    @Test("a wrong usage, a wrong algorithm, a symmetric key and bad shapes have their own codes")
    func refusals() async throws {
        let bench = try Bench()
        let signer = try await bench.makePair(.rsa2048, .signVerify)
        let opener = try await bench.makePair(.rsa2048, .encryptDecrypt)
        let curve = try await bench.makePair(.ecP256, .signVerify)
        let symmetric = try await bench.makeKey()
        let primary = try #require(try await bench.metadata(of: symmetric)["PrimaryKeyVersion"]?.text)
        let secret = Pair(key: symmetric, version: primary)
        let stranger = Pair(key: opener.key, version: signer.version)
        let (oaep, pss, digest) = ("RSAES_OAEP_SHA_256", "RSA_PSS_SHA_256", Self.digest)
        let cases: [(String, Pair, KeyValuePairs<String, String>, String)] = [
            ("AsymmetricEncrypt", signer, ["Algorithm": oaep, "Plaintext": "aGk="], "Rejected.UnsupportedOperation"),
            (
                "AsymmetricDecrypt", signer, ["Algorithm": oaep, "CiphertextBlob": "aGk="],
                "Rejected.UnsupportedOperation"
            ),
            ("AsymmetricSign", opener, ["Algorithm": pss, "Digest": digest], "Rejected.UnsupportedOperation"),
            (
                "AsymmetricVerify", opener, ["Algorithm": pss, "Digest": digest, "Value": "aGk="],
                "Rejected.UnsupportedOperation"
            ),
            ("AsymmetricSign", curve, ["Algorithm": pss, "Digest": digest], "Rejected.UnsupportedOperation"),
            ("AsymmetricSign", signer, ["Algorithm": "SM2DSA", "Digest": digest], "Rejected.UnsupportedOperation"),
            (
                "AsymmetricEncrypt", opener, ["Algorithm": "SM2PKE", "Plaintext": "aGk="],
                "Rejected.UnsupportedOperation"
            ),
            ("GetPublicKey", secret, [:], "UnsupportedOperation"),
            ("AsymmetricSign", secret, ["Algorithm": pss, "Digest": digest], "UnsupportedOperation"),
            ("AsymmetricEncrypt", secret, ["Algorithm": oaep, "Plaintext": "aGk="], "UnsupportedOperation"),
            ("AsymmetricEncrypt", stranger, ["Algorithm": oaep, "Plaintext": "aGk="], "Forbidden.KeyVersionNotFound"),
            ("GetPublicKey", stranger, [:], "Forbidden.KeyVersionNotFound"),
            (
                "AsymmetricEncrypt", opener, ["Algorithm": "RSAES_PKCS1_V1_5", "Plaintext": "aGk="],
                "InvalidParameter"
            ),
            ("AsymmetricEncrypt", opener, ["Algorithm": oaep, "Plaintext": "aGk"], "InvalidParameter"),
            ("AsymmetricEncrypt", opener, ["Algorithm": oaep, "Plaintext": ""], "MissingParameter"),
            ("AsymmetricEncrypt", opener, ["Plaintext": "aGk="], "MissingParameter"),
            ("AsymmetricDecrypt", opener, ["Algorithm": oaep, "CiphertextBlob": "*"], "InvalidParameter"),
            ("AsymmetricSign", signer, ["Algorithm": pss, "Digest": "aGk="], "InvalidParameter"),
            ("AsymmetricSign", signer, ["Algorithm": "rsa_pss_sha_256", "Digest": digest], "InvalidParameter"),
            ("AsymmetricSign", signer, ["Algorithm": pss, "Digest": digest + digest], "InvalidParameter"),
            ("AsymmetricVerify", signer, ["Algorithm": pss, "Digest": digest, "Value": "a"], "InvalidParameter"),
        ]
        for (action, pair, parameters, code) in cases {
            #expect(await bench.code(action, pair.with(parameters)) == code, "\(action) \(parameters)")
        }
        #expect(await bench.code("GetPublicKey", ["KeyId": signer.key]) == "MissingParameter")
        #expect(await bench.code("Encrypt", ["KeyId": opener.key, "Plaintext": "x"]) == "UnsupportedOperation")
        #expect(await bench.code("GenerateDataKey", ["KeyId": opener.key]) == "UnsupportedOperation")
    }

    @Test("an alias stands for the key in every operation, and needs no permission of its own")
    func aliases() async throws {
        let bench = try Bench()
        let pair = try await bench.makePair(.ecP256, .signVerify)
        try await bench.call("CreateAlias", ["KeyId": pair.key, "AliasName": "alias/signer"])
        let named = Pair(key: "alias/signer", version: pair.version)
        let request: KeyValuePairs = ["Algorithm": "ECDSA_SHA_256", "Digest": Self.digest]
        #expect(try await bench.call("AsymmetricSign", named.with(request))["KeyId"] == .text(pair.key))
        #expect(try await bench.call("GetPublicKey", named.with([:]))["KeyId"] == .text(pair.key))
    }

    @Test("every operation tests its own action on the key, before it says anything of it")
    func permissions() async throws {
        let authorizer = DoorwayTests.StrictAuthorizer(denied: [])
        let bench = try Bench(authorizer: authorizer)
        let arn = "acs:kms:cn-hangzhou:1000000000000001:key/"
        let (signer, target) = (try await bench.makePair(.ecP256, .signVerify), try await bench.makeKey())
        let blob = try await bench.encrypt("aGk=", under: target)
        let wrapping = [
            ("PublicKeyBlob", base64(try PrivateKey.generate(.ecSM2).publicKey.der)), ("WrappingKeySpec", "EC_SM2"),
            ("WrappingAlgorithm", "SM2PKE"),
        ].map { (key: $0.0, value: $0.1) }
        let signing: KeyValuePairs = ["Algorithm": "ECDSA_SHA_256", "Digest": Self.digest, "Value": "aGk="]
        let oaep: KeyValuePairs = ["Algorithm": "RSAES_OAEP_SHA_1", "Plaintext": "aGk=", "CiphertextBlob": "aGk="]
        let cases: [(String, [(key: String, value: String)], [String])] = [
            ("GetPublicKey", signer.with([:]), [signer.key]), ("CreateKeyVersion", signer.with([:]), [signer.key]),
            ("AsymmetricSign", signer.with(signing), [signer.key]),
            ("AsymmetricVerify", signer.with(signing), [signer.key]),
            ("AsymmetricEncrypt", signer.with(oaep), [signer.key]),
            ("AsymmetricDecrypt", signer.with(oaep), [signer.key]),
            ("ExportDataKey", wrapping + [("CiphertextBlob", blob)], [target]),
            ("GenerateAndExportDataKey", wrapping + [("KeyId", target)], [target]),
            (
                "ReEncrypt",
                [
                    ("CiphertextBlob", "aGk="), ("SourceKeyId", signer.key), ("SourceKeyVersionId", signer.version),
                    ("SourceEncryptionAlgorithm", "SM2PKE"), ("DestinationKeyId", target),
                ], [signer.key, target]
            ),
        ]
        for (action, parameters, keys) in cases {
            authorizer.asked.withLock { $0 = [] }
            _ = await bench.code(action, parameters)
            let actions = keys.count == 2 ? ["ReEncryptFrom", "ReEncryptTo"] : [action]
            #expect(authorizer.asked.withLock { $0 } == zip(actions, keys).map { "kms:\($0) \(arn)\($1)" })
            let denying = DoorwayTests.StrictAuthorizer(denied: Set(actions.map { "kms:\($0)" }))
            let denied = try Bench(authorizer: denying)
            // No such key there: the denied are not told.
            #expect(await denied.code(action, parameters) == "Forbidden.NoPermission")
        }
    }

    @Test("a public key that was put in another's place is not answered, encrypted to or verified with")
    func substitutedPublicKey() async throws {
        let bench = try Bench()
        let (pair, other) = (
            try await bench.makePair(.rsa2048, .encryptDecrypt), try await bench.makePair(.rsa2048, .encryptDecrypt)
        )
        let stored = try await bench.stored(pair)
        let foreign = try await bench.stored(other)
        let forged = KeyVersion(
            identity: stored.identity,
            createdAt: stored.createdAt,
            publicKey: foreign.publicKey,
            sealedMaterial: stored.sealedMaterial
        )
        await #expect(throws: VaultError.self) { try await bench.vault.publicKey(of: forged) }
        #expect(try await bench.vault.publicKey(of: stored) == stored.publicKey)
        await #expect(throws: VaultError.self) { try await bench.vault.publicKey(of: forged) }
    }

    @Test("many signers, verifiers and decrypters work together")
    func concurrency() async throws {
        let bench = try Bench()
        let signer = try await bench.makePair(.ecP256K, .signVerify)
        let opener = try await bench.makePair(.rsa2048, .encryptDecrypt)
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let digest = base64([UInt8](repeating: UInt8(number), count: 32))
                    let request: KeyValuePairs = ["Algorithm": "ECDSA_SHA_256", "Digest": digest]
                    guard let value = try? await bench.call("AsymmetricSign", signer.with(request))["Value"]?.text
                    else { return false }
                    let check: KeyValuePairs = ["Algorithm": "ECDSA_SHA_256", "Digest": digest, "Value": value]
                    let sealing: KeyValuePairs = ["Algorithm": "RSAES_OAEP_SHA_1", "Plaintext": digest]
                    guard (try? await bench.call("AsymmetricVerify", signer.with(check)))?["Value"] == .boolean(true),
                        let sealed = try? await bench.call("AsymmetricEncrypt", opener.with(sealing)),
                        let blob = sealed["CiphertextBlob"]?.text
                    else { return false }
                    let opening: KeyValuePairs = ["Algorithm": "RSAES_OAEP_SHA_1", "CiphertextBlob": blob]
                    let opened = try? await bench.call("AsymmetricDecrypt", opener.with(opening))["Plaintext"]
                    return opened == .text(digest)
                }
            }
            for await isServed in group { #expect(isServed) }
        }
    }
}

/// An asymmetric key and one of its versions.
struct Pair: Sendable {
    let key: String
    let version: String

    /// The parameters of a request that names both.
    func with(_ parameters: KeyValuePairs<String, String>) -> [(key: String, value: String)] {
        [("KeyId", key), ("KeyVersionId", version)] + parameters.map { ($0.key, $0.value) }
    }
}

func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

extension Bench {
    /// A fresh asymmetric key; those that need an HSM get one.
    func makePair(_ spec: KeySpec, _ usage: KeyUsage) async throws -> Pair {
        let key = try await makeKey([
            "KeySpec": spec.rawValue, "KeyUsage": usage.rawValue,
            "ProtectionLevel": spec.needsHSM ? "HSM" : "SOFTWARE",
        ])
        let versions = try await call("ListKeyVersions", ["KeyId": key])
        let version = versions["KeyVersions"]?["KeyVersion"]?[0]?["KeyVersionId"]?.text
        return Pair(key: key, version: try #require(version))
    }

    /// The public key that GetPublicKey answers, read from its PEM.
    func publicKey(of pair: Pair, _ spec: KeySpec) async throws -> PublicKey {
        let pem = try #require(try await call("GetPublicKey", pair.with([:]))["PublicKey"]?.text)
        let lines = pem.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "-----BEGIN PUBLIC KEY-----")
        #expect(Array(lines.suffix(2)) == ["-----END PUBLIC KEY-----", ""])
        #expect(lines.dropFirst().dropLast(3).allSatisfy { $0.utf8.count == 64 })
        let der = try #require(Data(base64Encoded: lines.dropFirst().dropLast(2).joined()))
        return try PublicKey(spec, der: Array(der))
    }

    func stored(_ pair: Pair) async throws -> KeyVersion {
        let id = KeyVersionID(try #require(UUIDBytes(text: pair.version.utf8)))
        return try #require(try await store.version(id))
    }
}
