import KMSCore
import KMSCrypto
import Testing

@Suite("Parsed public keys")
struct ParsedPublicKeysTests {
    @Test("never hold more than their limit, and work with every key all the same")
    func limit() async throws {
        let keys = ParsedPublicKeys(workers: InlineWorkers(), cacheLimit: 4)
        let pairs = try (0..<10).map { _ in try PrivateKey.generate(.ecP256K) }
        let digest = [UInt8](repeating: 7, count: 32)
        for _ in 0..<3 {
            for pair in pairs {
                let signature = try pair.sign(digest, with: .ecdsaSHA256)
                let der = pair.publicKey.der
                #expect(try await keys.verify(signature, of: digest, with: .ecdsaSHA256, by: der, of: .ecP256K))
                #expect(keys.parsedCount <= 4)
            }
        }
        #expect(keys.parsedCount > 0)
    }

    @Test("a key is one of its own spec alone, and what is none is never kept")
    func specs() async throws {
        let keys = ParsedPublicKeys(workers: InlineWorkers())
        let specs = KeySpec.allCases.filter { !$0.isSymmetric }
        for spec in specs {
            let der = try PrivateKey.generate(spec).publicKey.der
            for other in KeySpec.allCases { #expect(keys.isPublicKey(der, of: other) == (other == spec)) }
            #expect(!keys.isPublicKey(der + [0], of: spec) && !keys.isPublicKey([], of: spec))
            #expect(try keys.pem(of: der, spec: spec).hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        }
        #expect(keys.parsedCount == specs.count)
        #expect(throws: PublicKeyError.invalidKey) { try keys.pem(of: [1, 2, 3], spec: .ecP256) }
        await #expect(throws: PublicKeyError.invalidKey) {
            try await keys.encrypt(SecretBox(SecretBytes(copying: [1])), with: .sm2PKE, to: [1], of: .ecSM2)
        }
    }
}
