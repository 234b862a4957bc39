import KMSCore
import KMSCrypto

/// Every algorithm of every kind of key pair, on one thread with a warm key.
enum AsymmetricBenchmark {
    private static let digest = [UInt8](repeating: 7, count: SignatureAlgorithm.digestByteCount)

    static func run() async throws {
        print("\nKey pairs, beside openssl speed for the same curve or modulus; RSA decryption beside its signature.\n")
        for spec in KeySpec.allCases where !spec.isSymmetric {
            let key = try PrivateKey.generate(spec)
            // RSA's private operation is the same for both, and libcrypto's figure has no padding in it.
            let reference = referenceName(spec).flatMap { OpenSSLSpeed.signature($0) }
            for algorithm in SignatureAlgorithm.allCases where algorithm.fits(spec) {
                try await measure(key, algorithm, reference)
            }
            for algorithm in EncryptionAlgorithm.allCases where algorithm.fits(spec) {
                try await measure(key, algorithm, spec == .ecSM2 ? nil : reference)
            }
            let numbers = try key.numbers()
            let load = try await CryptoBenchmark.nanoseconds {
                let publicKey = try PublicKey(spec, der: key.publicKey.der)
                _ = try PrivateKey(spec, numbers: numbers, publicKey: publicKey)
            }
            CryptoBenchmark.report("\(spec.rawValue) load", "key", load, nil)
        }
    }

    private static func referenceName(_ spec: KeySpec) -> String? {
        switch spec {
        case .rsa2048: "rsa2048"
        case .rsa3072: "rsa3072"
        case .ecP256: "ecdsap256"
        case .ecSM2: "sm2"
        case .aes256, .sm4, .ecP256K: nil
        }
    }

    private static func measure(
        _ key: PrivateKey,
        _ algorithm: SignatureAlgorithm,
        _ reference: (sign: Double, verify: Double)?
    ) async throws {
        let signature = try key.sign(digest, with: algorithm)
        let sign = try await CryptoBenchmark.nanoseconds { _ = try key.sign(digest, with: algorithm) }
        let verify = try await CryptoBenchmark.nanoseconds {
            guard key.publicKey.verify(signature, of: digest, with: algorithm) else {
                throw VaultError.unavailable("A signature does not verify.")
            }
        }
        let name = "\(key.spec.rawValue) \(algorithm.rawValue)"
        CryptoBenchmark.report("\(name) sign", "key", sign, reference?.sign)
        CryptoBenchmark.report("\(name) verify", "key", verify, reference?.verify)
    }

    private static func measure(
        _ key: PrivateKey,
        _ algorithm: EncryptionAlgorithm,
        _ reference: (sign: Double, verify: Double)?
    ) async throws {
        let plaintext = SecretBytes(copying: digest)
        let ciphertext = try plaintext.withBytes { try key.publicKey.encrypt($0, with: algorithm) }
        let encrypt = try await CryptoBenchmark.nanoseconds {
            _ = try plaintext.withBytes { try key.publicKey.encrypt($0, with: algorithm) }
        }
        let decrypt = try await CryptoBenchmark.nanoseconds { _ = try key.decrypt(ciphertext, with: algorithm) }
        let name = "\(key.spec.rawValue) \(algorithm.rawValue)"
        CryptoBenchmark.report("\(name) encrypt", "key", encrypt, reference?.verify)
        CryptoBenchmark.report("\(name) decrypt", "key", decrypt, reference?.sign)
    }
}
