import KMSCore
import Testing

@testable import KMSCrypto

/// The examples on the recommended curve: GB/T 32918.5-2017, A.2 (signature) and C.2 (encryption).
@Suite("SM2")
struct SM2Tests {
    private static let number = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
    private static let x = "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    private static let y = "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    private static let e = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"
    private static let r = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    private static let s = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    private static let c1x = "04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    private static let c1y = "e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    private static let c3 = "59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    private static let c2 = "21886ca989ca9c7d58087307ca93092d651efa"
    /// What stands before the point in every SubjectPublicKeyInfo on this curve.
    static let header = "3059301306072a8648ce3d020106082a811ccf5501822d034200"

    private static func example() throws -> PrivateKey {
        let publicKey = try PublicKey(.ecSM2, der: hex(header + "04" + x + y))
        return try PrivateKey(.ecSM2, numbers: SecretBytes(copying: hex(number)), publicKey: publicKey)
    }

    @Test("e is the published one, and the published signature of it verifies")
    func publishedSignature() throws {
        let key = try Self.example()
        let digest = SM2.messageDigest(of: Array("message digest".utf8), publicKey: key.publicKey)
        #expect(digest == hex(Self.e))
        let signature = hex("3046022100" + Self.r + "022100" + Self.s)
        #expect(key.publicKey.verify(signature, of: digest, with: .sm2DSA))
        // Neither the message's own digest nor e hashed once more: what is signed is e itself.
        for other in [SM3.digest(Array("message digest".utf8)), SM3.digest(digest), SHA256.digest(digest)] {
            #expect(!key.publicKey.verify(signature, of: other, with: .sm2DSA))
        }
        let own = try key.sign(digest, with: .sm2DSA)
        #expect(own != signature && key.publicKey.verify(own, of: digest, with: .sm2DSA))
    }

    @Test("the published ciphertext opens, raw and as DER")
    func publishedCiphertext() throws {
        let key = try Self.example()
        let message = Array("encryption standard".utf8)
        let raw = hex("04" + Self.c1x + Self.c1y + Self.c3 + Self.c2)
        #expect(try key.decrypted(raw, .sm2PKE) == message)
        let der = hex("307c0220" + Self.c1x + "022100" + Self.c1y + "0420" + Self.c3 + "0413" + Self.c2)
        #expect(try key.decrypted(der, .sm2PKE) == message)
        // The order of the withdrawn standard, and DER that is not DER.
        let old = hex("04" + Self.c1x + Self.c1y + Self.c2 + Self.c3)
        let padded = hex("307d022100" + Self.c1x + "022100" + Self.c1y + "0420" + Self.c3 + "0413" + Self.c2)
        let negative = hex("307b0220" + Self.c1x + "0220" + Self.c1y + "0420" + Self.c3 + "0413" + Self.c2)
        let long = hex("30817c0220" + Self.c1x + "022100" + Self.c1y + "0420" + Self.c3 + "0413" + Self.c2)
        let indefinite = hex("30800220" + Self.c1x + "022100" + Self.c1y + "0420" + Self.c3 + "0413" + Self.c2 + "0000")
        for ciphertext in [old, padded, negative, long, indefinite, der + [0], Array(der.dropLast()), raw + [0]] {
            #expect(throws: AuthenticationFailure.self) { try key.decrypted(ciphertext, .sm2PKE) }
        }
    }

    @Test("every bit of a ciphertext counts", arguments: [false, true])
    func refusesChanges(isDER: Bool) throws {
        let key = try Self.example()
        let raw = hex("04" + Self.c1x + Self.c1y + Self.c3 + Self.c2)
        let der = hex("307c0220" + Self.c1x + "022100" + Self.c1y + "0420" + Self.c3 + "0413" + Self.c2)
        let ciphertext = isDER ? der : raw
        for index in ciphertext.indices {
            for bit in 0..<8 {
                var changed = ciphertext
                changed[index] ^= 1 << bit
                #expect(throws: AuthenticationFailure.self, "\(index) \(bit)") { try key.decrypted(changed, .sm2PKE) }
            }
        }
    }

    @Test("plaintexts of 1 to 6,047 bytes are taken, shorter and longer ones are not")
    func lengths() throws {
        let key = try SampleKeys.one(.ecSM2)
        for count in [1, 2, 15, 16, 31, 32, 33, 64, 100, 127, 128, 255, 256, 1_000, 6_046, 6_047] {
            let message = [UInt8](repeating: 7, count: count)
            let ciphertext = try key.publicKey.encrypted(message, .sm2PKE)
            #expect(ciphertext.count == count + 97 && ciphertext.first == 4)
            #expect(try key.decrypted(ciphertext, .sm2PKE) == message)
        }
        for count in [0, 6_048] {
            #expect(throws: CryptoError.self) {
                try key.publicKey.encrypted([UInt8](repeating: 7, count: count), .sm2PKE)
            }
        }
        for count in [0, 1, 65, 97, 6_047 + 97 + 1, 70_000] {
            #expect(throws: AuthenticationFailure.self) {
                try key.decrypted([UInt8](repeating: 4, count: count), .sm2PKE)
            }
        }
    }

    @Test("single bytes are never sent as they are: a key stream of zeros is drawn again")
    func bareBytes() throws {
        let publicKey = try SampleKeys.one(.ecSM2).publicKey
        // Of so many, twelve would come out bare on average; that none did by chance happens once in 10^5.
        for _ in 0..<3_000 { #expect(try publicKey.encrypted([42], .sm2PKE).last != 42) }
    }
}
