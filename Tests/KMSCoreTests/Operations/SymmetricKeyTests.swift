import KMSCore
import KMSTestKit
import Testing

@Suite("Encrypting with a symmetric key")
struct SymmetricKeyTests {
    @Test(
        "what was encrypted is decrypted to the very same text, whatever the text",
        arguments: [
            "aGk+/w==", "hello world", "密钥管理", "e\u{301}\u{e9}", " ", String(repeating: "x", count: 6_144),
        ]
    )
    func roundTrip(_ text: String) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let blob = try await bench.encrypt(text, under: key)
        let answer = try await bench.call("Decrypt", ["CiphertextBlob": blob])
        #expect(answer["Plaintext"]?.text?.utf8.elementsEqual(text.utf8) == true)
        #expect(answer["KeyId"] == .text(key))
        let primary = try await bench.metadata(of: key)["PrimaryKeyVersion"]
        #expect(answer["KeyVersionId"] == primary)
    }

    @Test("a plaintext of 6,145 bytes is refused, also where it has fewer characters")
    func plaintextLimit() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let long = String(repeating: "x", count: 6_145)
        let wide = String(repeating: "密", count: 2_049)
        for text in [long, wide] {
            #expect(await bench.code("Encrypt", ["KeyId": key, "Plaintext": text]) == "InvalidParameter")
        }
        #expect(await bench.code("Encrypt", ["KeyId": key]) == "MissingParameter")
        #expect(await bench.code("Encrypt", ["KeyId": key, "Plaintext": ""]) == "MissingParameter")
    }

    @Test("an equivalent context opens, in any order, spacing and spelling of the same characters")
    func equivalentContexts() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let blob = try await bench.encrypt("text", under: key, #"{"Key1":"Value1","Key2":"Value2"}"#)
        for context in [
            #"{"Key2":"Value2","Key1":"Value1"}"#, #" { "Key1" : "Value1" , "Key2" : "Value2" } "#,
            #"{"Key\u0031":"Value1","Key2":"\u0056alue2"}"#,
        ] {
            #expect(await bench.code("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": context]) == nil)
        }
        let map = await bench.code(
            "Decrypt",
            [
                "CiphertextBlob": blob, "EncryptionContext.Key2": "Value2", "EncryptionContext.Key1": "Value1",
            ]
        )
        #expect(map == nil)
    }

    @Test("another context, one pair more or less, or another composition of the same letters does not open")
    func otherContexts() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let blob = try await bench.encrypt("text", under: key, "{\"a\":\"1\",\"e\u{301}\":\"2\"}")
        for context in ["", "{}", #"{"a":"1"}"#, "{\"a\":\"1\",\"\u{e9}\":\"2\"}", "{\"a\":\"2\",\"e\u{301}\":\"1\"}"] {
            let code = await bench.code("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": context])
            #expect(code == "InvalidParameter")
        }
    }

    @Test("absent, empty and {} are the same context")
    func emptyContexts() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let blob = try await bench.encrypt("text", under: key, "{}")
        #expect(await bench.code("Decrypt", ["CiphertextBlob": blob]) == nil)
        #expect(await bench.code("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": ""]) == nil)
    }

    @Test(
        "the manual's invalid contexts and worse are refused",
        arguments: [
            #"[{"Key":"Value"}]"#, #"{"Key":12345}"#, #"{"Key":["value1","value2"]}"#, #"{"Key":null}"#, #"{"Key":{}}"#,
            "null", "\"text\"", "{", #"{"a":"1","a":"1"}"#, #"{"a":"1",}"#, "\u{FEFF}{}", #"{"a":"\ud800"}"#,
            #"{"a":"1"} x"#, "{'a':'1'}", "{\"a\":\"\n\"}",
            "{\"a\":\"" + String(repeating: "x", count: 8_185) + "\"}",
        ]
    )
    func invalidContexts(_ context: String) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let code = await bench.code(
            "Encrypt",
            ["KeyId": key, "Plaintext": "text", "EncryptionContext": context]
        )
        #expect(code == "InvalidParameter")
    }

    @Test("a context of exactly 8,192 characters is taken, counted as characters and not as bytes")
    func longestContext() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        for filler in ["x", "密"] {
            let context = "{\"a\":\"" + String(repeating: filler, count: 8_184) + "\"}"
            #expect(context.unicodeScalars.count == 8_192)
            let blob = try await bench.encrypt("text", under: key, context)
            #expect(await bench.code("Decrypt", ["CiphertextBlob": blob, "EncryptionContext": context]) == nil)
        }
    }

    @Test("both forms of a context together are refused")
    func bothForms() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let code = await bench.code(
            "Encrypt",
            ["KeyId": key, "Plaintext": "text", "EncryptionContext": "{}", "EncryptionContext.a": "b"]
        )
        #expect(code == "InvalidParameter")
    }

    @Test("every bit of a ciphertext counts, and every refusal reads alike but that of an unknown version")
    func flippedBits() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let blob = try await bench.encrypt("text", under: key)
        let bytes = try #require(Base64.decode(Array(blob.utf8)[...]))
        var refusals: Set<String> = []
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                let text = Base64.encode(SecretBytes(copying: changed)).withBytes { span in
                    span.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                }
                do {
                    try await bench.call("Decrypt", ["CiphertextBlob": text])
                    Issue.record("a ciphertext with byte \(index) changed was opened")
                } catch {
                    refusals.insert("\(error.status) \(error.code) \(error.message)")
                    #expect((2..<18).contains(index) == (error.code == "Forbidden.KeyNotFound"))
                }
            }
        }
        #expect(refusals.count == 2)
    }

    @Test(
        "base64 that is broken, unpadded or not canonical is refused",
        arguments: [
            "!", "AAA", "AQ", "AQ=", "AR==", "AQ==\n", " AQ==", "AQ", String(repeating: "A", count: 40_000),
        ]
    )
    func brokenBase64(_ text: String) async throws {
        let code = try await Bench().code("Decrypt", ["CiphertextBlob": text])
        #expect(code == "InvalidParameter")
    }

    @Test("another account cannot decrypt, and learns no more than of a key that never was")
    func foreignCiphertext() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let blob = try await bench.encrypt("text", under: key)
        for stranger in [Namespace.example("2000000000000002"), .example("1000000000000001", "cn-beijing")] {
            #expect(await bench.code("Decrypt", ["CiphertextBlob": blob], in: stranger) == "Forbidden.KeyNotFound")
            #expect(await bench.code("DescribeKey", ["KeyId": key], in: stranger) == "Forbidden.KeyNotFound")
            let arn = "acs:kms:cn-hangzhou:1000000000000001:key/\(key)"
            #expect(await bench.code("DescribeKey", ["KeyId": arn], in: stranger) == "Forbidden.KeyNotFound")
        }
    }

    @Test(
        "a data key is base64 text of the length asked for, and its blob decrypts to that text",
        arguments: [
            (["KeySpec": "AES_256"], 32), (["KeySpec": "AES_128"], 16), ([:], 32), (["NumberOfBytes": "1"], 1),
            (["NumberOfBytes": "1024"], 1_024), (["KeySpec": "SM4_128", "NumberOfBytes": "16"], 16),
            (["KeySpec": "AES_256", "NumberOfBytes": "32"], 32),
        ] as [(KeyValuePairs<String, String>, Int)]
    )
    func dataKeys(_ parameters: KeyValuePairs<String, String>, _ byteCount: Int) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        var all: [(String, String)] = [("KeyId", key)]
        for (name, value) in parameters { all.append((name, value)) }
        let request: KeyValuePairs<String, String> =
            all.count == 1
            ? ["KeyId": key]
            : all.count == 2
                ? ["KeyId": key, all[1].0: all[1].1] : ["KeyId": key, all[1].0: all[1].1, all[2].0: all[2].1]
        let answer = try await bench.call("GenerateDataKey", request)
        let text = try #require(answer["Plaintext"]?.text)
        #expect(Base64.decode(Array(text.utf8)[...])?.count == byteCount)
        let blob = try #require(answer["CiphertextBlob"]?.text)
        #expect(try await bench.call("Decrypt", ["CiphertextBlob": blob])["Plaintext"] == .text(text))
        let without = try await bench.call("GenerateDataKeyWithoutPlaintext", request)
        #expect(without["Plaintext"] == nil)
        let sealed = try #require(without["CiphertextBlob"]?.text)
        let opened = try #require(try await bench.call("Decrypt", ["CiphertextBlob": sealed])["Plaintext"]?.text)
        #expect(Base64.decode(Array(opened.utf8)[...])?.count == byteCount)
    }

    @Test(
        "a data key of another length or spec is refused",
        arguments: [
            ["NumberOfBytes": "0"], ["NumberOfBytes": "1025"], ["NumberOfBytes": "x"], ["NumberOfBytes": "-1"],
            ["NumberOfBytes": "1.5"], ["KeySpec": "SM4_128"], ["KeySpec": "aes_256"],
            ["NumberOfBytes": "99999999999999999999"],
        ] as [KeyValuePairs<String, String>]
    )
    func refusedDataKeys(_ parameters: KeyValuePairs<String, String>) async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        let code = await bench.code("GenerateDataKey", ["KeyId": key, parameters[0].key: parameters[0].value])
        #expect(code == "InvalidParameter")
    }

    @Test("re-encryption moves a text to another key and context, and names the key that opened the source")
    func reEncrypts() async throws {
        let bench = try Bench()
        let (source, target) = (try await bench.makeKey(), try await bench.makeKey())
        let blob = try await bench.encrypt("text", under: source, #"{"a":"1"}"#)
        let answer = try await bench.call(
            "ReEncrypt",
            [
                "CiphertextBlob": blob, "DestinationKeyId": target, "SourceEncryptionContext": #"{"a":"1"}"#,
                "DestinationEncryptionContext": #"{"b":"2"}"#,
            ]
        )
        #expect(answer["KeyId"] == .text(source))
        let moved = try #require(answer["CiphertextBlob"]?.text)
        let opened = try await bench.call("Decrypt", ["CiphertextBlob": moved, "EncryptionContext": #"{"b":"2"}"#])
        #expect(opened["Plaintext"] == .text("text"))
        #expect(opened["KeyId"] == .text(target))
        let wrong = await bench.code("ReEncrypt", ["CiphertextBlob": blob, "DestinationKeyId": target])
        #expect(wrong == "InvalidParameter")
    }

    @Test("a dry run passes the checks, changes nothing and always ends in its own error")
    func dryRun() async throws {
        let bench = try Bench()
        let key = try await bench.makeKey()
        func code(_ action: String, _ parameters: KeyValuePairs<String, String>) async -> String? {
            do {
                try await bench.call(action, parameters, isDryRun: true)
                return nil
            } catch { return error.code }
        }
        #expect(await code("DisableKey", ["KeyId": key]) == "DryRunOperationError")
        #expect(await code("CreateKey", [:]) == "DryRunOperationError")
        #expect(await code("Encrypt", ["KeyId": key, "Plaintext": "text"]) == "DryRunOperationError")
        #expect(await code("Encrypt", ["KeyId": key]) == "MissingParameter")
        #expect(try await bench.metadata(of: key)["KeyState"] == .text("Enabled"))
        #expect(try await bench.call("ListKeys")["TotalCount"] == .number(1))
    }
}
