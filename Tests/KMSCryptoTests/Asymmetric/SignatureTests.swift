import KMSCore
import Testing

@testable import KMSCrypto

private let digest = SHA256.digest(Array("a message".utf8))

@Suite("Signatures")
struct SignatureTests {
    private static let every = asymmetricSpecs.flatMap { spec in
        SignatureAlgorithm.allCases.filter { $0.fits(spec) }.map { (spec, $0) }
    }

    @Test("every byte counts, and so does every length", arguments: every)
    func refusesChanges(spec: KeySpec, algorithm: SignatureAlgorithm) throws {
        let key = try SampleKeys.one(spec)
        let signature = try key.sign(digest, with: algorithm)
        let publicKey = key.publicKey
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x40
            #expect(!publicKey.verify(changed, of: digest, with: algorithm), "byte \(index)")
        }
        for count in [0, 1, signature.count - 1] {
            #expect(!publicKey.verify(Array(signature.prefix(count)), of: digest, with: algorithm))
        }
        for tail in [[0], [0, 0], [UInt8](repeating: 0, count: 5_000)] {
            #expect(!publicKey.verify(signature + tail, of: digest, with: algorithm))
        }
        for count in [0, 31, 33] {
            #expect(!publicKey.verify(signature, of: [UInt8](repeating: 1, count: count), with: algorithm))
        }
        #expect(!(try SampleKeys.other(spec).publicKey.verify(signature, of: digest, with: algorithm)))
    }

    @Test("PSS, ECDSA and SM2 sign anew each time", arguments: every)
    func anew(spec: KeySpec, algorithm: SignatureAlgorithm) throws {
        let key = try SampleKeys.one(spec)
        let signatures = try (0..<4).map { _ in try key.sign(digest, with: algorithm) }
        #expect(Set(signatures).count == (algorithm == .rsaPKCS1SHA256 ? 1 : 4))
    }

    @Test("secp256k1 signs with the lower s, and verifies both", arguments: 0..<20)
    func lowerS(round: UInt8) throws {
        let key = try SampleKeys.one(.ecP256K)
        let digest = SHA256.digest([round])
        let signature = try key.sign(digest, with: .ecdsaSHA256)
        // DER: 30 len 02 len r 02 len s.
        let length = Int(signature[3])
        let s = Array(signature[(6 + length)...].drop { $0 == 0 })
        let padded = [UInt8](repeating: 0, count: 32 - s.count) + s
        #expect(padded[0] < 0x80)
        // n - s, with its own sign byte, as another signer may send it.
        let order = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
        var upper = [UInt8](repeating: 0, count: 32)
        var borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(order[index]) - Int(padded[index]) - borrow
            borrow = difference < 0 ? 1 : 0
            upper[index] = UInt8(truncatingIfNeeded: difference)
        }
        let body = Array(signature[2..<(4 + length)]) + [0x02, 33, 0] + upper
        let other = [0x30, UInt8(body.count)] + body
        #expect(key.publicKey.verify(other, of: digest, with: .ecdsaSHA256))
    }

    /// r and s as DER that a lax reader takes: long lengths, padding, missing sign bytes, other tags.
    @Test("curves take DER alone", arguments: [KeySpec.ecP256, .ecP256K, .ecSM2])
    func strictDER(spec: KeySpec) throws {
        let key = try SampleKeys.one(spec)
        let algorithm: SignatureAlgorithm = spec == .ecSM2 ? .sm2DSA : .ecdsaSHA256
        let signature = try key.sign(digest, with: algorithm)
        let body = Array(signature[2...])
        let r = Array(body[2..<(2 + Int(body[1]))])
        let s = Array(body[(4 + r.count)...])
        func sequence(_ content: [UInt8]) -> [UInt8] { [0x30, UInt8(content.count)] + content }
        func integer(_ content: [UInt8]) -> [UInt8] { [0x02, UInt8(content.count)] + content }
        #expect(sequence(integer(r) + integer(s)) == signature)
        let lax: [[UInt8]] = [
            [0x30, 0x81, UInt8(body.count)] + body,
            [0x30, 0x82, 0, UInt8(body.count)] + body,
            [0x30, 0x80] + body + [0, 0],
            sequence(integer([0] + r) + integer(s)),
            sequence(integer(r) + integer([0] + s)),
            sequence([0x02, 0x81, UInt8(r.count)] + r + integer(s)),
            sequence(integer(r) + integer(s) + [0x05, 0]),
            sequence(integer(r)),
            sequence(integer(r) + integer(s)) + [0],
            sequence(integer([]) + integer(s)),
            sequence(integer([0]) + integer(s)),
            sequence(integer(r) + integer([0])),
            sequence(integer([0xFF] + r) + integer(s)),
            [0x31, UInt8(body.count)] + body,
            r + s,
            Array(repeating: 0, count: 72),
        ]
        for (index, other) in lax.enumerated() {
            #expect(!key.publicKey.verify(other, of: digest, with: algorithm), "\(index)")
        }
    }
}
