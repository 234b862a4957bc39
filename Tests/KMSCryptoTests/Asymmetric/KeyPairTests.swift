import KMSCore
import Testing

@testable import KMSCrypto

private let digest = SHA256.digest(Array("a message".utf8))

@Suite("Key pairs")
struct KeyPairTests {
    @Test("of each spec sign, verify, encrypt, decrypt, and come back from their numbers", arguments: asymmetricSpecs)
    func works(spec: KeySpec) throws {
        let made = try PrivateKey.generate(spec)
        let numbers = try made.numbers()
        #expect(numbers.byteCount == spec.privateNumbersByteCount)
        let publicKey = try PublicKey(spec, der: made.publicKey.der)
        let again = try PrivateKey(spec, numbers: numbers, publicKey: publicKey)
        let isSame = try again.numbers().equals(numbers)
        #expect(isSame)
        for key in [made, again] {
            for algorithm in SignatureAlgorithm.allCases where algorithm.fits(spec) {
                let signature = try key.sign(digest, with: algorithm)
                #expect(publicKey.verify(signature, of: digest, with: algorithm))
                #expect(!publicKey.verify(signature, of: SHA256.digest([]), with: algorithm))
            }
            for algorithm in EncryptionAlgorithm.allCases where algorithm.fits(spec) {
                let ciphertext = try publicKey.encrypted([1, 2, 3], algorithm)
                #expect(try key.decrypted(ciphertext, algorithm) == [1, 2, 3])
            }
        }
    }

    @Test("differ each time", arguments: asymmetricSpecs)
    func differ(spec: KeySpec) throws {
        #expect(try SampleKeys.one(spec).publicKey.der != SampleKeys.other(spec).publicKey.der)
    }

    @Test("algorithms of other specs are refused", arguments: asymmetricSpecs)
    func refusesOthers(spec: KeySpec) throws {
        let key = try SampleKeys.one(spec)
        for algorithm in SignatureAlgorithm.allCases where !algorithm.fits(spec) {
            #expect(throws: CryptoError.self) { try key.sign(digest, with: algorithm) }
            #expect(!key.publicKey.verify(digest, of: digest, with: algorithm))
        }
        for algorithm in EncryptionAlgorithm.allCases where !algorithm.fits(spec) {
            #expect(throws: CryptoError.self) { try key.publicKey.encrypted([1], algorithm) }
            #expect(throws: AuthenticationFailure.self) {
                try key.decrypted([UInt8](repeating: 4, count: 256), algorithm)
            }
        }
        for algorithm in SignatureAlgorithm.allCases where algorithm.fits(spec) {
            for count in [0, 20, 31, 33, 64] {
                #expect(throws: CryptoError.self) { try key.sign([UInt8](repeating: 1, count: count), with: algorithm) }
            }
        }
    }

    @Test("symmetric specs have none", arguments: [KeySpec.aes256, .sm4])
    func symmetric(spec: KeySpec) throws {
        #expect(throws: CryptoError.self) { try PrivateKey.generate(spec) }
        let key = try SampleKeys.one(.ecP256).publicKey
        #expect(throws: InvalidPublicKey.self) { try PublicKey(spec, der: key.der) }
        #expect(spec.privateNumbersByteCount == nil)
    }

    @Test("many threads use one key together", arguments: asymmetricSpecs)
    func concurrent(spec: KeySpec) async throws {
        let key = try SampleKeys.one(spec)
        let signing = SignatureAlgorithm.allCases.filter { $0.fits(spec) }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<20).allSatisfy { round in
                        let algorithm = signing[round % signing.count]
                        guard let signature = try? key.sign(digest, with: algorithm) else { return false }
                        return key.publicKey.verify(signature, of: digest, with: algorithm)
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test("numbers that are none, or another key's, are refused", arguments: asymmetricSpecs)
    func refusesNumbers(spec: KeySpec) throws {
        let key = try SampleKeys.one(spec)
        let count = try #require(spec.privateNumbersByteCount)
        func refuse(_ numbers: [UInt8], _ comment: Comment, with publicKey: PublicKey? = nil) {
            do {
                _ = try PrivateKey(
                    spec,
                    numbers: SecretBytes(copying: numbers),
                    publicKey: publicKey ?? key.publicKey
                )
                Issue.record(comment)
            } catch {}
        }
        refuse([], "nothing")
        refuse([UInt8](repeating: 0, count: count), "zeros")
        refuse([UInt8](repeating: 0xFF, count: count), "all ones")
        let numbers = try key.numbers().withBytes { $0.array }
        refuse(Array(numbers.dropLast()), "one byte too few")
        refuse(numbers + [0], "one byte too many")
        for other in asymmetricSpecs where other != spec {
            refuse(numbers, "\(other)", with: try SampleKeys.one(other).publicKey)
        }
        guard !spec.isOnCurve else { return }
        refuse(numbers, "another modulus", with: try SampleKeys.other(spec).publicKey)
    }

    /// The orders n of SP 800-186, 3.2.1.3, SEC 2, 2.4.1, and GB/T 32918.5: the last byte is one past the last number.
    @Test(
        "numbers past the order are refused, and the last one is not",
        arguments: [
            (KeySpec.ecP256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", UInt8(1)),
            (.ecP256K, "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 1),
            (.ecSM2, "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123", 2),
        ]
    )
    func refusesOrder(spec: KeySpec, order: String, step: UInt8) throws {
        let publicKey = try SampleKeys.one(spec).publicKey
        for below in 0...step {
            var number = hex(order)
            number[31] -= below
            let isTaken: Bool
            do {
                _ = try PrivateKey(spec, numbers: SecretBytes(copying: number), publicKey: publicKey)
                isTaken = true
            } catch { isTaken = false }
            #expect(isTaken == (below == step), "n - \(below)")
        }
    }
}
