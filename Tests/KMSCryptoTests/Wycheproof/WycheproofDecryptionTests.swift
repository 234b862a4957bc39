import KMSCore
import Testing

@testable import KMSCrypto

@Suite("Project Wycheproof's RSA ciphertexts", .enabled(if: VectorFolder.path != nil, VectorFolder.reason))
struct WycheproofDecryptionTests {
    /// The keys of a file that were read once: many groups share one.
    private struct Keys {
        private var read: [String: PrivateKey] = [:]

        mutating func key(_ group: WycheproofFile.Group) throws -> PrivateKey? {
            let text = try #require(group.privateKeyPkcs8)
            if let key = read[text] { return key }
            guard let spec = [2048: KeySpec.rsa2048, 3072: .rsa3072][try #require(group.keySize)] else { return nil }
            let key = try PrivateKey(spec, pkcs8: hex(text))
            read[text] = key
            return key
        }
    }

    /// Decrypts every test whose key has 2048 or 3072 bits; what is not of `algorithm` must not open.
    private func decrypt(
        _ name: String,
        _ algorithm: EncryptionAlgorithm,
        isOurs: (WycheproofFile.Group, WycheproofFile.Test) -> Bool = { _, _ in true }
    ) throws {
        let file = try WycheproofFile.published(name)
        var tally = Tally()
        var keys = Keys()
        for group in file.testGroups {
            guard let key = try keys.key(group) else {
                tally.leaveOut(group.tests.count, "a key of another length")
                continue
            }
            for test in group.tests {
                let opened = try? key.decrypted(try test.bytes(\.ct), algorithm)
                let expected = test.isValid && isOurs(group, test) ? try test.bytes(\.msg) : nil
                #expect(opened == expected, "\(name) \(test.tcId) \(algorithm)")
                tally.run()
            }
        }
        tally.close("\(name), \(algorithm)", file)
    }

    @Test(
        "OAEP with one digest and no label opens, and any other OAEP does not",
        arguments: [
            (EncryptionAlgorithm.rsaesOAEPSHA256, "SHA-256"), (.rsaesOAEPSHA1, "SHA-1"),
        ]
    )
    func oaep(algorithm: EncryptionAlgorithm, digest: String) throws {
        let names = [
            "2048_sha1_mgf1sha1", "2048_sha256_mgf1sha256", "2048_sha256_mgf1sha1", "2048_sha224_mgf1sha224",
            "2048_sha512_mgf1sha512", "3072_sha256_mgf1sha256", "3072_sha256_mgf1sha1", "3072_sha512_mgf1sha512",
            "4096_sha256_mgf1sha256", "misc",
        ]
        for name in names {
            try decrypt("rsa_oaep_\(name)_test", algorithm) { group, test in
                group.sha == digest && group.mgfSha == digest && test.label == ""
            }
        }
    }

    @Test("PKCS#1 v1.5 opens what is valid and refuses the rest")
    func pkcs1() throws {
        try decrypt("rsa_pkcs1_2048_test", .rsaesPKCS1)
        try decrypt("rsa_pkcs1_3072_test", .rsaesPKCS1)
    }
}
