import KMSCore
import KMSCrypto
import Testing

@Suite("What tokens leave to be done outside")
struct TokenKeysTests {
    private static let curves = KeySpec.allCases.filter { $0.curveParameters != nil }

    @Test("curves have the names that PKCS #11 gives them")
    func parameters() {
        #expect(KeySpec.ecP256.curveParameters == hex("06082a8648ce3d030107"))
        #expect(KeySpec.ecP256K.curveParameters == hex("06052b8104000a"))
        #expect(KeySpec.ecSM2.curveParameters == hex("06082a811ccf5501822d"))
        #expect(Self.curves == [.ecP256, .ecP256K, .ecSM2])
        #expect(KeySpec.rsa3072.modulusBitCount == 3_072 && KeySpec.ecP256.modulusBitCount == nil)
    }

    @Test("a point is read bare and as an OCTET STRING, and no other way", arguments: curves)
    func points(_ spec: KeySpec) throws {
        let key = try PrivateKey.generate(spec).publicKey
        let point = Array(key.der.suffix(65))
        for written in [point, [4, 65] + point] {
            #expect(try PublicKey(spec, tokenPoint: written).der == key.der)
        }
        var astray = point
        astray[64] ^= 1
        let compressed = [2 + point[64] % 2] + point[1..<33]
        let wrong: [[UInt8]] = [
            [], [4], point + [0], [4, 65] + point + [0], [4, 66] + point, [4, 64] + Array(point.dropLast()),
            [3, 65] + point, astray, [4, 65] + astray, compressed, [4, 33] + compressed, Array(point.dropFirst()),
            Array(point.dropLast()),
        ]
        for wrong in wrong {
            #expect(throws: InvalidPublicKey.self) { try PublicKey(spec, tokenPoint: wrong) }
        }
        for other in KeySpec.allCases where other != spec {
            #expect(throws: InvalidPublicKey.self) { try PublicKey(other, tokenPoint: point) }
        }
    }

    @Test("an RSA key is made of its numbers, and judged as one that was read")
    func moduli() throws {
        let key = try PrivateKey.generate(.rsa2048).publicKey
        // SEQUENCE, algorithm, BIT STRING, SEQUENCE, INTEGER and its sign come before the modulus.
        let modulus = Array(key.der[33..<289])
        for (modulus, exponent) in [(modulus, [1, 0, 1]), ([0] + modulus, [0, 1, 0, 1])] as [([UInt8], [UInt8])] {
            #expect(try PublicKey(.rsa2048, modulus: modulus, exponent: exponent).der == key.der)
        }
        var even = modulus
        even[255] &= 0xFE
        let wrong: [([UInt8], [UInt8])] = [
            (modulus, [3]), (modulus, []), ([], [1, 0, 1]), (even, [1, 0, 1]), (Array(modulus.dropLast()), [1, 0, 1]),
            (modulus + [1], [1, 0, 1]), (modulus, [UInt8](repeating: 1, count: 600)),
        ]
        for (modulus, exponent) in wrong {
            #expect(throws: InvalidPublicKey.self) { try PublicKey(.rsa2048, modulus: modulus, exponent: exponent) }
        }
        #expect(throws: InvalidPublicKey.self) { try PublicKey(.rsa3072, modulus: modulus, exponent: [1, 0, 1]) }
    }

    /// The two numbers of a DER signature, each 32 bytes.
    private func numbers(_ signature: [UInt8]) -> [UInt8] {
        var rest = signature[2...]
        return (0..<2).flatMap { _ -> [UInt8] in
            let count = Int(rest[rest.startIndex + 1])
            let number = rest.dropFirst(2).prefix(count).drop { $0 == 0 }
            rest = rest.dropFirst(2 + count)
            return [UInt8](repeating: 0, count: 32 - number.count) + number
        }
    }

    @Test("bare signatures become the DER that verifies", arguments: curves)
    func signatures(_ spec: KeySpec) throws {
        let key = try PrivateKey.generate(spec)
        let algorithm: SignatureAlgorithm = spec == .ecSM2 ? .sm2DSA : .ecdsaSHA256
        for byte in 0..<40 as Range<UInt8> {
            let digest = [UInt8](repeating: byte, count: 32)
            let signature = try key.sign(digest, with: algorithm)
            #expect(try TokenNumbers.signature(numbers(signature), of: spec) == signature)
        }
        for count in [0, 63, 65] {
            #expect(throws: CryptoError.self) {
                try TokenNumbers.signature([UInt8](repeating: 1, count: count), of: spec)
            }
        }
    }

    @Test("secp256k1 signatures get the lower s, whichever the token gave")
    func lowerS() throws {
        let order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
        let key = try PrivateKey.generate(.ecP256K)
        for byte in 0..<20 as Range<UInt8> {
            let signature = try key.sign([UInt8](repeating: byte, count: 32), with: .ecdsaSHA256)
            let numbers = numbers(signature)
            var higher = [UInt8](repeating: 0, count: 32)
            var borrow = 0
            for index in (0..<32).reversed() {
                let difference = Int(order[index]) - Int(numbers[32 + index]) - borrow
                borrow = difference < 0 ? 1 : 0
                higher[index] = UInt8(truncatingIfNeeded: difference)
            }
            #expect(try TokenNumbers.signature(numbers.prefix(32) + higher, of: .ecP256K) == signature)
        }
    }

    @Test("blocks that are not padded by OAEP do not open")
    func blocks() {
        for count in [0, 1, 255, 256, 257, 384] {
            for byte in [0, 1, 0xFF] as [UInt8] {
                let block = SecretBytes(copying: [UInt8](repeating: byte, count: count))
                for algorithm in EncryptionAlgorithm.allCases {
                    for spec in [KeySpec.rsa2048, .ecP256] {
                        var isOpened = true
                        do { _ = try TokenNumbers.unpad(block, algorithm, of: spec) } catch { isOpened = false }
                        #expect(!isOpened, "\(count) bytes of \(byte), \(algorithm)")
                    }
                }
            }
        }
    }
}
