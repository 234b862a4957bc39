import FoundationEssentials
import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@Suite("Exporting data keys and re-encrypting what was made with a public key")
struct ExportTests {
    private struct Wrapping: Sendable {
        let pair: PrivateKey
        let algorithm: EncryptionAlgorithm
        let longest: Int

        var parameters: [(key: String, value: String)] {
            [
                ("PublicKeyBlob", base64(pair.publicKey.der)), ("WrappingKeySpec", pair.spec.rawValue),
                ("WrappingAlgorithm", algorithm.rawValue),
            ]
        }

        func unwrap(_ exported: String) throws -> [UInt8] {
            let bytes = Array(try #require(Data(base64Encoded: exported)))
            return try pair.decrypt(bytes, with: algorithm).withBytes { $0.withUnsafeBytes { Array($0) } }
        }

        static func all() throws -> [Wrapping] {
            let (rsa, sm2) = (try PrivateKey.generate(.rsa2048), try PrivateKey.generate(.ecSM2))
            return [
                Wrapping(pair: rsa, algorithm: .rsaesOAEPSHA256, longest: 190),
                Wrapping(pair: rsa, algorithm: .rsaesOAEPSHA1, longest: 214),
                Wrapping(pair: sm2, algorithm: .sm2PKE, longest: 1_024),
            ]
        }
    }

    @Test("the holder of the private key unwraps the very bytes of the data key")
    func export() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        for wrapping in try Wrapping.all() {
            for count in [1, 32, wrapping.longest] {
                let request: KeyValuePairs = ["KeyId": key, "NumberOfBytes": "\(count)"]
                let made = try await bench.call("GenerateDataKey", request)
                let blob = try #require(made["CiphertextBlob"]?.text)
                let answer = try await bench.call(
                    "ExportDataKey",
                    wrapping.parameters + [(key: "CiphertextBlob", value: blob)]
                )
                #expect(answer["KeyId"] == .text(key))
                #expect(answer["KeyVersionId"] == made["KeyVersionId"])
                let dataKey = try wrapping.unwrap(try #require(answer["ExportedDataKey"]?.text))
                #expect(made["Plaintext"] == .text(base64(dataKey)) && dataKey.count == count)
                let generated = try await bench.call(
                    "GenerateAndExportDataKey",
                    wrapping.parameters + [(key: "KeyId", value: key), (key: "NumberOfBytes", value: "\(count)")]
                )
                let exported = try wrapping.unwrap(try #require(generated["ExportedDataKey"]?.text))
                let opened = try await bench.call(
                    "Decrypt",
                    ["CiphertextBlob": try #require(generated["CiphertextBlob"]?.text)]
                )
                #expect(opened["Plaintext"] == .text(base64(exported)) && exported.count == count)
            }
        }
    }

    @Test("what does not fit the wrapping key, or is no data key, is refused before it is wrapped")
    func limits() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        for wrapping in try Wrapping.all() where wrapping.longest < 1_024 {
            let count = "\(wrapping.longest + 1)"
            let generate = wrapping.parameters + [(key: "KeyId", value: key), (key: "NumberOfBytes", value: count)]
            #expect(await bench.code("GenerateAndExportDataKey", generate) == "InvalidParameter")
            let long = try await bench.call("GenerateDataKey", ["KeyId": key, "NumberOfBytes": count])
            let texts = [
                try #require(long["CiphertextBlob"]?.text), try await bench.encrypt("no base64", under: key),
                try await bench.encrypt("aGk", under: key),
            ]
            for blob in texts {
                let export = wrapping.parameters + [(key: "CiphertextBlob", value: blob)]
                #expect(await bench.code("ExportDataKey", export) == "InvalidParameter")
            }
        }
    }

    @Test("a public key that is not one, or not of the spec that is named, is refused")
    func publicKeys() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let (rsa, sm2) = (
            try PrivateKey.generate(.rsa2048).publicKey.der, try PrivateKey.generate(.ecSM2).publicKey.der
        )
        let big = try PrivateKey.generate(.rsa3072).publicKey.der
        let p256 = try PrivateKey.generate(.ecP256).publicKey.der
        var offCurve = sm2
        offCurve[sm2.count - 1] ^= 1
        let cases: [([UInt8], String, String, String?)] = [
            (rsa, "RSA_2048", "RSAES_OAEP_SHA_256", nil), (sm2, "EC_SM2", "SM2PKE", nil),
            (big, "RSA_2048", "RSAES_OAEP_SHA_256", "InvalidParameter"),
            (sm2, "RSA_2048", "SM2PKE", "InvalidParameter"),
            (rsa, "EC_SM2", "SM2PKE", "InvalidParameter"), (p256, "EC_SM2", "SM2PKE", "InvalidParameter"),
            (offCurve, "EC_SM2", "SM2PKE", "InvalidParameter"),
            (rsa + [0], "RSA_2048", "RSAES_OAEP_SHA_1", "InvalidParameter"),
            (Array(rsa.dropLast()), "RSA_2048", "RSAES_OAEP_SHA_1", "InvalidParameter"),
            (rsa, "RSA_2048", "RSAES_PKCS1_V1_5", "InvalidParameter"), (rsa, "RSA_2048", "SM2PKE", "InvalidParameter"),
            (rsa, "RSA_3072", "RSAES_OAEP_SHA_256", "InvalidParameter"),
            (rsa, "", "RSAES_OAEP_SHA_256", "MissingParameter"),
            ([], "RSA_2048", "RSAES_OAEP_SHA_256", "MissingParameter"), (rsa, "RSA_2048", "", "MissingParameter"),
        ]
        for (der, spec, algorithm, code) in cases {
            let request: KeyValuePairs = [
                "KeyId": key, "PublicKeyBlob": base64(der), "WrappingKeySpec": spec, "WrappingAlgorithm": algorithm,
            ]
            #expect(await bench.code("GenerateAndExportDataKey", request) == code, "\(spec) \(algorithm)")
        }
        let pem = "-----BEGIN PUBLIC KEY-----\n\(base64(rsa))\n-----END PUBLIC KEY-----\n"
        let request: KeyValuePairs = [
            "KeyId": key, "PublicKeyBlob": pem, "WrappingKeySpec": "RSA_2048", "WrappingAlgorithm": "RSAES_OAEP_SHA_1",
        ]
        #expect(await bench.code("GenerateAndExportDataKey", request) == "InvalidParameter")
    }

    @Test(
        "what was encrypted to a public key is encrypted anew as base64 text",
        arguments: AsymmetricKeyTests.encrypting.filter { $0.0 != .rsa3072 }
    )
    func reEncrypt(_ spec: KeySpec, _ algorithm: EncryptionAlgorithm, _ longest: Int) async throws {
        let bench = try Bench()
        let pair = try await bench.makePair(spec, .encryptDecrypt)
        let target = try await bench.makeKey()
        let bytes = (0..<longest).map { UInt8(truncatingIfNeeded: $0 &* 3) }
        let outside = try bench.encryptOutside(bytes, algorithm, try await bench.publicKey(of: pair, spec))
        let request = [
            ("CiphertextBlob", base64(outside)), ("SourceKeyId", pair.key), ("SourceKeyVersionId", pair.version),
            ("SourceEncryptionAlgorithm", algorithm.rawValue), ("DestinationKeyId", target),
            ("DestinationEncryptionContext", #"{"a":"b"}"#),
        ].map { (key: $0.0, value: $0.1) }
        let answer = try await bench.call("ReEncrypt", request)
        #expect(answer["KeyId"] == .text(pair.key) && answer["KeyVersionId"] == .text(pair.version))
        let blob = try #require(answer["CiphertextBlob"]?.text)
        let opened = try await bench.call("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": #"{"a":"b"}"#])
        #expect(opened["Plaintext"] == .text(base64(bytes)))
        for missing in ["SourceKeyId", "SourceKeyVersionId", "SourceEncryptionAlgorithm"] {
            #expect(await bench.code("ReEncrypt", request.filter { $0.key != missing }) == "MissingParameter")
        }
        let context = request + [(key: "SourceEncryptionContext", value: #"{"a":"b"}"#)]
        #expect(await bench.code("ReEncrypt", context) == "InvalidParameter")
        let same = request.map { $0.key == "DestinationKeyId" ? (key: $0.key, value: pair.key) : $0 }
        #expect(await bench.code("ReEncrypt", same) == "UnsupportedOperation")
        let symmetric = request.map { $0.key == "SourceKeyId" ? (key: $0.key, value: target) : $0 }
        #expect(await bench.code("ReEncrypt", symmetric) == "UnsupportedOperation")
        try await bench.call("CreateAlias", ["KeyId": pair.key, "AliasName": "alias/source"])
        let alias = request.map { $0.key == "SourceKeyId" ? (key: $0.key, value: "alias/source") : $0 }
        #expect(await bench.code("ReEncrypt", alias) == "Unsupported.Alias")
        let damaged = request.map { $0.key == "CiphertextBlob" ? (key: $0.key, value: base64(outside.reversed())) : $0 }
        #expect(await bench.code("ReEncrypt", damaged) == "InvalidParameter")
    }

    @Test("base64 of secrets is read as strictly as any other, and every text that is read comes out again")
    func secretBase64() throws {
        var texts = [
            "", "aGk=", "aGk", "aGl=", "aGk==", "aA==", "aB==", "a===", "====", "=", "aG k=", "aGk=\n", "aGk=aGk=",
        ]
        for count in 0..<70 { texts.append(base64((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) })) }
        for character in UInt8.min...UInt8.max {
            texts.append(String(decoding: [0x61, character, 0x61, 0x61], as: UTF8.self))
            texts.append(String(decoding: [0x61, 0x61, character, 0x3D], as: UTF8.self))
        }
        for text in texts {
            let bytes = Array(text.utf8)
            let expected = Base64.decode(bytes[...])
            guard let secret = Base64.decodeSecret(bytes.span.bytes) else {
                #expect(expected == nil, "\(text)")
                continue
            }
            let read = secret.withBytes { $0.withUnsafeBytes { Array($0) } }
            #expect(read == expected, "\(text)")
        }
    }
}

extension Bench {
    /// What somebody does who has nothing but the public key.
    func encryptOutside(_ plaintext: [UInt8], _ algorithm: EncryptionAlgorithm, _ key: PublicKey) throws -> [UInt8] {
        try key.encrypt(plaintext.span.bytes, with: algorithm)
    }
}
