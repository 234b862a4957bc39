import Foundation
import KMSCore
import KMSTestKit
import Testing

@testable import KMSCrypto

@Suite("Public keys")
struct PublicKeyTests {
    private func refuse(_ spec: KeySpec, _ der: [UInt8], _ comment: Comment) {
        #expect(throws: InvalidPublicKey.self, comment) { try PublicKey(spec, der: der) }
    }

    @Test("are read as they were written, and by no other spec", arguments: asymmetricSpecs)
    func roundTrip(spec: KeySpec) throws {
        let key = try SampleKeys.one(spec).publicKey
        #expect(try PublicKey(spec, der: key.der).der == key.der)
        for other in KeySpec.allCases where other != spec { refuse(other, key.der, "\(other)") }
    }

    @Test("are refused with any byte too many or too few", arguments: asymmetricSpecs)
    func lengths(spec: KeySpec) throws {
        let der = try SampleKeys.one(spec).publicKey.der
        for count in 0..<der.count { refuse(spec, Array(der.prefix(count)), "\(count)") }
        for tail in [[0], [0x05, 0x00], [UInt8](repeating: 0, count: 10_000)] { refuse(spec, der + tail, "a tail") }
    }

    @Test("changed in any bit are refused, or another key that is written as it was read", arguments: asymmetricSpecs)
    func changes(spec: KeySpec) throws {
        let der = try SampleKeys.one(spec).publicKey.der
        var taken = 0
        for index in der.indices {
            for bit in 0..<8 {
                var changed = der
                changed[index] ^= 1 << bit
                guard let key = try? PublicKey(spec, der: changed) else { continue }
                taken += 1
                #expect(key.der == changed)
            }
        }
        // A changed coordinate is not on the curve; most changes of a modulus make another one.
        #expect(spec.isOnCurve ? taken == 0 : taken > 1_000)
    }

    @Test(
        "as PEM are what openssl reads and writes",
        .enabled(if: OpenSSLProgram.installed != nil),
        arguments: asymmetricSpecs
    )
    func pem(spec: KeySpec) throws {
        let key = try SampleKeys.one(spec).publicKey
        let lines = key.pem.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "-----BEGIN PUBLIC KEY-----" && lines.dropLast().last == "-----END PUBLIC KEY-----")
        #expect(lines.last == "")
        let body = lines.dropFirst().dropLast(2)
        #expect(body.dropLast().allSatisfy { $0.utf8.count == 64 } && body.last.map { $0.utf8.count <= 64 } == true)
        #expect(Data(base64Encoded: body.joined()) == Data(key.der))
        let program = try #require(OpenSSLProgram.installed)
        let folder = try ScratchFolder()
        let file = try folder.file("key.pem", Array(key.pem.utf8))
        let (output, isSuccess) = try program.run(["pkey", "-pubin", "-in", file, "-pubcheck", "-outform", "PEM"])
        #expect(isSuccess && String(decoding: output, as: UTF8.self).hasSuffix(key.pem))
    }

    @Test(
        "points that are compressed, hybrid, at infinity or of unnamed curves are refused",
        arguments: [KeySpec.ecP256, .ecP256K, .ecSM2]
    )
    func points(spec: KeySpec) throws {
        let der = try SampleKeys.one(spec).publicKey.der
        let point = Array(der.suffix(65))
        let algorithm = Array(der[2..<(der.count - 68)])
        func info(_ algorithm: [UInt8], _ point: [UInt8]) -> [UInt8] {
            let bits = [0x03, UInt8(point.count + 1), 0x00] + point
            return [0x30, UInt8(algorithm.count + bits.count)] + algorithm + bits
        }
        #expect(info(algorithm, point) == der)
        let parity = point[64] & 1
        refuse(spec, info(algorithm, [2 | parity] + point[1...32]), "compressed")
        refuse(spec, info(algorithm, [6 | parity] + point[1...]), "hybrid")
        refuse(spec, info(algorithm, [0]), "at infinity")
        refuse(spec, info(algorithm, [4] + [UInt8](repeating: 0, count: 64)), "zeros")
        refuse(spec, info(algorithm, [4] + [UInt8](repeating: 0xFF, count: 64)), "past the field")
        refuse(spec, info(algorithm, []), "no point")
        // id-ecPublicKey without a curve, and with the implicit one.
        let identifier = Array(algorithm[2..<11])
        refuse(spec, info([0x30, 9] + identifier, point), "no curve")
        refuse(spec, info([0x30, 11] + identifier + [0x05, 0x00], point), "the implicit curve")
        for other in [KeySpec.ecP256, .ecP256K, .ecSM2] where other != spec {
            let theirs = try SampleKeys.one(other).publicKey.der
            refuse(spec, info(algorithm, Array(theirs.suffix(65))), "a point of \(other)")
        }
    }

    @Test(
        "with their curve spelled out are refused",
        .enabled(if: OpenSSLProgram.installed != nil),
        arguments: [("prime256v1", KeySpec.ecP256), ("secp256k1", .ecP256K), ("SM2", .ecSM2)]
    )
    func explicit(curve: String, spec: KeySpec) throws {
        let program = try #require(OpenSSLProgram.installed)
        let folder = try ScratchFolder()
        let made = try program.run(["ecparam", "-name", curve, "-genkey", "-noout"]).output
        let file = try folder.file("key.pem", made)
        let named = try program.run(["ec", "-in", file, "-pubout", "-outform", "DER"]).output
        let explicit = try program.run(["ec", "-in", file, "-pubout", "-outform", "DER", "-param_enc", "explicit"])
            .output
        // Behind what the program says of itself.
        func der(_ output: [UInt8]) -> [UInt8] { Array(output[(output.firstIndex(of: 0x30) ?? 0)...]) }
        #expect(der(explicit).count > 200)
        #expect(throws: Never.self) { try PublicKey(spec, der: der(named)) }
        refuse(spec, der(explicit), "explicit")
    }

    /// SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING { SEQUENCE { n, e } } }, with lengths of two bytes.
    private func rsa(modulus: [UInt8], exponent: [UInt8], parameters: [UInt8] = [0x05, 0x00]) -> [UInt8] {
        func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            let count = content.count
            let length: [UInt8] =
                count < 128
                ? [UInt8(count)] : count < 256 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 255)]
            return [tag] + length + content
        }
        let key = item(0x30, item(0x02, modulus) + item(0x02, exponent))
        let algorithm = item(0x30, item(0x06, hex("2a864886f70d010101")) + parameters)
        return item(0x30, algorithm + item(0x03, [0] + key))
    }

    @Test("RSA moduli and exponents outside the rules are refused")
    func rsaNumbers() throws {
        let der = try SampleKeys.one(.rsa2048).publicKey.der
        let modulus = Array(der[(der.count - 5 - 257)..<(der.count - 5)])
        #expect(rsa(modulus: modulus, exponent: [1, 0, 1]) == der)
        for exponent: [UInt8] in [[3], [17], [1], [0], [], [1, 0, 0], [0, 0xFF, 0xFF], [0x81, 0, 1], [0, 1, 0, 1]] {
            refuse(.rsa2048, rsa(modulus: modulus, exponent: exponent), "exponent \(exponent)")
        }
        refuse(.rsa2048, rsa(modulus: modulus, exponent: modulus), "an exponent like the modulus")
        #expect(throws: Never.self) { try PublicKey(.rsa2048, der: rsa(modulus: modulus, exponent: [1, 0, 3])) }
        refuse(.rsa2048, rsa(modulus: [0] + modulus, exponent: [1, 0, 1]), "a padded modulus")
        refuse(.rsa2048, rsa(modulus: Array(modulus.dropFirst()), exponent: [1, 0, 1]), "a negative modulus")
        refuse(.rsa2048, rsa(modulus: [0x7F] + modulus[2...], exponent: [1, 0, 1]), "2,047 bits")
        refuse(.rsa2048, rsa(modulus: Array(modulus.dropLast()), exponent: [1, 0, 1]), "2,040 bits")
        refuse(
            .rsa2048,
            rsa(modulus: modulus.dropLast() + [modulus[256] & 0xFE], exponent: [1, 0, 1]),
            "an even modulus"
        )
        refuse(.rsa2048, rsa(modulus: modulus, exponent: [1, 0, 1], parameters: []), "no NULL")
        refuse(.rsa2048, rsa(modulus: modulus, exponent: [1, 0, 1], parameters: [0x30, 0]), "other parameters")
    }
}
