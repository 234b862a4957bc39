import KMSCore
import Testing

@testable import KMSCrypto

@Suite("Project Wycheproof's vectors")
struct WycheproofTests {
    @Test("AES-256-GCM seals and opens what is valid and refuses the rest")
    func aesGCM() throws {
        let vectors = try PublishedVector.all(of: "wycheproof-aes-256-gcm")
        #expect(vectors.count == 66)
        for vector in vectors {
            let (key, nonce) = (try vector.bytes("key"), try vector.bytes("iv"))
            let (data, message) = (try vector.bytes("aad"), try vector.bytes("msg"))
            let sealed = try vector.bytes("ct") + vector.bytes("tag")
            let isValid = try vector.text("result") == "valid"
            let comment = Comment(rawValue: "test \(try vector.text("tcId"))")
            do {
                let plaintext = try AESGCM.open(
                    sealed[...],
                    .plain,
                    key: key.span.bytes,
                    nonce: nonce[...],
                    authenticating: data
                )
                let opened = plaintext.withBytes { $0.array }
                #expect(isValid && opened == message, comment)
            } catch { #expect(!isValid, comment) }
            guard isValid else { continue }
            var output: [UInt8] = []
            try AESGCM.seal(
                message.span.bytes,
                .plain,
                key: key.span.bytes,
                nonce: nonce[...],
                authenticating: data,
                into: &output
            )
            #expect(output == sealed, comment)
        }
    }

    @Test("HKDF-SHA-256 derives what is valid and refuses outputs that are too long")
    func hkdf() throws {
        let vectors = try PublishedVector.all(of: "wycheproof-hkdf-sha256")
        #expect(vectors.count == 83)
        for vector in vectors {
            let isValid = try vector.text("result") == "valid"
            let comment = Comment(rawValue: "test \(try vector.text("tcId"))")
            let secret = try vector.bytes("ikm")
            do {
                let derived = try HKDF.derive(
                    from: secret.span.bytes,
                    salt: try vector.bytes("salt"),
                    info: try vector.bytes("info"),
                    byteCount: try #require(Int(try vector.text("size")))
                )
                let bytes = derived.withBytes { $0.array }
                #expect(try isValid && bytes == vector.bytes("okm"), comment)
            } catch { #expect(!isValid, comment) }
        }
    }

    @Test("P-256 agrees with valid points and refuses the rest; points must be uncompressed")
    func agreement() throws {
        let vectors = try PublishedVector.all(of: "wycheproof-ecdh-p256")
        #expect(vectors.count == 355)
        for vector in vectors {
            let point = try vector.bytes("public")
            let isValid = try vector.text("result") == "valid" && point.count == 65
            let comment = Comment(rawValue: "test \(try vector.text("tcId"))")
            do {
                let privateKey = SecretBytes(copying: try vector.bytes("private"))
                let shared = try P256KeyAgreement.agree(privateKey, with: point)
                let bytes = shared.withBytes { $0.array }
                #expect(try isValid && bytes == vector.bytes("shared"), comment)
            } catch { #expect(!isValid, comment) }
        }
    }

    @Test("numbers that are no private keys are refused")
    func privateNumbers() throws {
        // The order of P-256 (SP 800-186, 3.2.1.3), and what lies around it.
        let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        var last = order
        last[31] -= 1
        for number in [[UInt8](repeating: 0, count: 32), order, [UInt8](repeating: 0xFF, count: 32), [1], []] {
            do {
                _ = try P256KeyAgreement.publicKey(of: SecretBytes(copying: number))
                Issue.record("\(number) was taken for a private key")
            } catch {}
        }
        let publicKey = try P256KeyAgreement.publicKey(of: SecretBytes(copying: last))
        #expect(publicKey.count == 65 && publicKey[0] == 4)
    }
}
