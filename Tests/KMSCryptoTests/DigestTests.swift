import KMSCore
import Testing

@testable import KMSCrypto

@Suite("Digests and codes")
struct DigestTests {
    @Test("SHA-256 of abc is FIPS 180-4's")
    func sha256() {
        #expect(
            SHA256.digest(Array("abc".utf8))
                == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        )
        #expect(SHA256.digest([]) == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    }

    @Test("HMAC-SHA-256 is RFC 4231's, cases 1, 2 and 6")
    func hmacSHA256() {
        let cases: [(key: [UInt8], message: [UInt8], code: String)] = [
            (
                .init(repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                .init(repeating: 0xaa, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ]
        for (key, message, code) in cases {
            #expect(HMACSHA256.code(key: key.span.bytes, message: message) == hex(code))
        }
    }

    @Test("HMAC-SHA-1 is RFC 2202's, and an empty key does not reuse the previous one")
    func hmacSHA1() {
        let key = [UInt8](repeating: 0x0b, count: 20)
        let code = Insecure.HMACSHA1.code(key: key.span.bytes, message: Array("Hi There".utf8))
        #expect(code == hex("b617318655057264e28bc0b6fb378c8ef146be00"))
        let empty = Insecure.HMACSHA1.code(key: [UInt8]().span.bytes, message: [])
        #expect(empty == hex("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"))
    }

    @Test("many threads at once get the codes that one gets")
    func concurrentCodes() async {
        let expected = (0..<64).map { HMACSHA256.code(key: [UInt8($0)].span.bytes, message: [UInt8($0)]) }
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    (0..<200).allSatisfy { _ in
                        HMACSHA256.code(key: [UInt8(number)].span.bytes, message: [UInt8(number)]) == expected[number]
                    }
                }
            }
            for await isAgreed in group { #expect(isAgreed) }
        }
    }

    @Test("a key taken in once gives the codes of one taken in each time, on many threads")
    func keyedCodes() async {
        for key in [[], Array("Jefe".utf8), [UInt8](repeating: 0xaa, count: 131)] {
            let sha1 = KeyedMAC(.insecureSHA1, key: SecretBox(SecretBytes(copying: key)))
            let sha256 = KeyedMAC(.sha256, key: SecretBox(SecretBytes(copying: key)))
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        (0..<50).allSatisfy { length in
                            let message = [UInt8](repeating: UInt8(number), count: length)
                            return sha1.code(message) == Insecure.HMACSHA1.code(key: key.span.bytes, message: message)
                                && sha256.code(message) == HMACSHA256.code(key: key.span.bytes, message: message)
                        }
                    }
                }
                for await isAgreed in group { #expect(isAgreed) }
            }
        }
    }

    @Test("random bytes of any length do not repeat, on any thread")
    func randomBytes() async throws {
        let drawn = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<16 {
                group.addTask { (0..<600).map { (try? RandomBytes.bytes(count: 12 + $0 % 80)) ?? [] } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(drawn.map { $0.prefix(12) }).count == 16 * 600)
        #expect(try RandomBytes.bytes(count: 0).isEmpty)
    }

    @Test("the library has every algorithm that is used")
    func usable() {
        #expect(CryptoLibrary.isUsable)
    }

    @Test("HKDF-SHA-256 is RFC 5869's, case 1")
    func hkdf() throws {
        let secret = [UInt8](repeating: 0x0b, count: 22)
        let derived = try HKDF.derive(
            from: secret.span.bytes,
            salt: hex("000102030405060708090a0b0c"),
            info: hex("f0f1f2f3f4f5f6f7f8f9"),
            byteCount: 42
        )
        let bytes = derived.withBytes { $0.array }
        #expect(
            bytes
                == hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        )
    }

    @Test("random ids are version 4 and differ")
    func randomIDs() {
        let ids = (0..<1_000).map { _ in RandomIDs().next() }
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.high >> 12 & 0xF == 4)
            #expect(id.low >> 62 == 0b10)
        }
    }

    @Test("two parties agree on one secret, and a point off the curve is refused")
    func agreement() throws {
        let one = try P256KeyAgreement.makeKeyPair()
        let other = try P256KeyAgreement.makeKeyPair()
        let (first, second) = (one.publicKey, other.publicKey)
        let left = try P256KeyAgreement.agree(one.privateKey, with: second)
        let right = try P256KeyAgreement.agree(other.privateKey, with: first)
        let isSame = left.equals(right)
        #expect(isSame)
        let again = try P256KeyAgreement.publicKey(of: one.privateKey)
        #expect(again == first)
        var off = second
        off[64] ^= 1
        do {
            _ = try P256KeyAgreement.agree(one.privateKey, with: off)
            Issue.record("a point off the curve was taken")
        } catch {}
    }
}
