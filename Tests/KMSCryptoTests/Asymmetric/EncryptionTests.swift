import KMSCore
import KMSTestKit
import Testing

@testable import KMSCrypto

@Suite("Encryption to RSA keys")
struct EncryptionTests {
    private static let every = rsaSpecs.flatMap { spec in
        [EncryptionAlgorithm.rsaesOAEPSHA256, .rsaesOAEPSHA1, .rsaesPKCS1].map { (spec, $0) }
    }

    @Test("plaintexts of every allowed length come back, longer ones are refused", arguments: every)
    func lengths(spec: KeySpec, algorithm: EncryptionAlgorithm) throws {
        let key = try SampleKeys.one(spec)
        let longest = try #require(algorithm.longestPlaintext(for: spec))
        for count in [0, 1, 16, 32, longest - 1, longest] {
            let message = [UInt8](repeating: 7, count: count)
            let ciphertext = try key.publicKey.encrypted(message, algorithm)
            #expect(ciphertext.count == (spec == .rsa2048 ? 256 : 384))
            #expect(try key.decrypted(ciphertext, algorithm) == message)
            #expect(try key.publicKey.encrypted(message, algorithm) != ciphertext)
        }
        #expect(throws: CryptoError.self) {
            try key.publicKey.encrypted([UInt8](repeating: 7, count: longest + 1), algorithm)
        }
    }

    @Test("changed ciphertexts, other keys and other algorithms are refused alike", arguments: every)
    func refuses(spec: KeySpec, algorithm: EncryptionAlgorithm) throws {
        let key = try SampleKeys.one(spec)
        let ciphertext = try key.publicKey.encrypted(Array("a key".utf8), algorithm)
        func refuse(_ bytes: [UInt8], _ algorithm: EncryptionAlgorithm, _ key: PrivateKey, _ comment: Comment) {
            #expect(throws: AuthenticationFailure.self, comment) { try key.decrypted(bytes, algorithm) }
        }
        refuse(ciphertext, algorithm, try SampleKeys.other(spec), "another key")
        for other in EncryptionAlgorithm.allCases where other != algorithm {
            // One random block in some 2^16 looks like PKCS#1 v1.5.
            guard other != .rsaesPKCS1 else { continue }
            refuse(ciphertext, other, key, "\(other)")
        }
        refuse([], algorithm, key, "nothing")
        refuse(Array(ciphertext.dropLast()), algorithm, key, "too short")
        refuse(ciphertext + [0], algorithm, key, "too long")
        refuse([UInt8](repeating: 0, count: ciphertext.count), algorithm, key, "zero")
        refuse([UInt8](repeating: 0xFF, count: ciphertext.count), algorithm, key, "past the modulus")
        guard algorithm != .rsaesPKCS1 else { return }
        for index in stride(from: 0, to: ciphertext.count, by: 37) {
            var changed = ciphertext
            changed[index] ^= 1
            refuse(changed, algorithm, key, "byte \(index)")
        }
    }

    /// RFC 8017, 7.2.2: 00 02, at least eight bytes that are not zero, 00, the message. The raw operation is the public
    /// key's own, through a signature's padding-free sibling: each block is encrypted by `openssl pkeyutl`.
    @Test(
        "PKCS#1 v1.5 blocks that are malformed fail, and are never answered with random bytes",
        .enabled(if: OpenSSLProgram.installed != nil)
    )
    func malformedBlocks() throws {
        let program = try #require(OpenSSLProgram.installed)
        let key = try SampleKeys.one(.rsa2048)
        let folder = try ScratchFolder()
        let publicKey = try folder.file("key.der", key.publicKey.der)
        func opened(_ block: [UInt8]) throws -> [UInt8]? {
            let file = try folder.file("block", block)
            let (ciphertext, isSuccess) = try program.run([
                "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", publicKey, "-pkeyopt",
                "rsa_padding_mode:none", "-in", file,
            ])
            try #require(isSuccess && ciphertext.count == 256)
            return try? key.decrypted(ciphertext, .rsaesPKCS1)
        }
        func block(_ header: [UInt8], padding: Int, separator: UInt8 = 0) -> [UInt8] {
            let start = header + [UInt8](repeating: 0x55, count: padding) + [separator]
            return start + [UInt8](repeating: 0x77, count: 256 - start.count)
        }
        #expect(try opened(block([0, 2], padding: 221)) == [UInt8](repeating: 0x77, count: 32))
        #expect(try opened(block([0, 2], padding: 8)) == [UInt8](repeating: 0x77, count: 245))
        for malformed in [
            block([0, 1], padding: 221), block([1, 2], padding: 221), block([0, 0], padding: 221),
            block([0, 2], padding: 7), block([0, 2], padding: 0), block([0, 2], padding: 221, separator: 1),
        ] {
            for _ in 0..<3 { #expect(try opened(malformed) == nil) }
        }
    }
}
