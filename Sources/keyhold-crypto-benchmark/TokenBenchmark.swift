import CPKCS11
import Foundation
import KMSCore
import KMSCrypto
import KMSProtection

/// The PKCS#11 vault beside the module called directly, and beside the software vault: what the way to a token costs.
enum TokenBenchmark {
    /// A token made for this run: see `Benchmarks/run.sh`.
    private struct Subject {
        let module: String
        let label: String
        let pin: String

        init?() {
            let environment = ProcessInfo.processInfo.environment
            guard let module = environment["KEYHOLD_BENCHMARK_MODULE"],
                let label = environment["KEYHOLD_BENCHMARK_TOKEN"], let pin = environment["KEYHOLD_BENCHMARK_PIN"]
            else { return nil }
            self.module = module
            self.label = label
            self.pin = pin
        }
    }

    private static let digest = [UInt8](repeating: 7, count: SignatureAlgorithm.digestByteCount)

    static func run() async throws {
        guard let subject = Subject() else {
            print("\nNo token: KEYHOLD_BENCHMARK_MODULE, _TOKEN and _PIN name one.")
            return
        }
        print(
            "\nPKCS#11 vault (\(subject.module)), beside the module called directly, and beside the software vault.\n"
        )
        let token = PKCS11Token(
            try PKCS11Module(path: subject.module),
            .label(subject.label),
            pin: TokenPIN(.entered(SecretBox(SecretBytes(copying: Array(subject.pin.utf8)))))
        )
        let backend = try WrappingKey.make(in: token, as: "benchmark", at: Timestamp(seconds: 0))
        let root = try RootKeyRing(RootKey(generation: 1, secret: RandomBytes.secret(byteCount: 32)))
        let vault = PKCS11Vault(token, backend, root: root, workers: InlineWorkers())
        for remark in try vault.examine() { print(remark) }
        let software = SoftwareVault(root: root, workers: InlineWorkers())
        let direct = try DirectModule(subject.module, slot: token.find().slot)
        for byteCount in [32, 4_096] { try await ciphers(vault, software, direct, byteCount) }
        for spec in [KeySpec.rsa2048, .ecP256, .ecP256K] { try await signatures(vault, software, direct, spec) }
        token.close()
    }

    private static func ciphers(
        _ vault: PKCS11Vault,
        _ software: SoftwareVault,
        _ direct: DirectModule,
        _ byteCount: Int
    ) async throws {
        let plaintext = [UInt8](repeating: 7, count: byteCount)
        let key = try direct.makeKey()
        let figures = try await [
            seal(plaintext, vault), seal(plaintext, software),
            CryptoBenchmark.nanoseconds { try direct.seal(plaintext, under: key) },
        ]
        report("seal \(byteCount) bytes", figures)
    }

    private static func seal(_ plaintext: [UInt8], _ vault: some KeyVault) async throws -> Double {
        let version = try await VaultSubject.makeVersion(.aes256, vault)
        return try await CryptoBenchmark.nanoseconds {
            _ = try await vault.seal(SecretBytes(copying: plaintext), under: version, authenticating: .init())
        }
    }

    private static func signatures(
        _ vault: PKCS11Vault,
        _ software: SoftwareVault,
        _ direct: DirectModule,
        _ spec: KeySpec
    ) async throws {
        let algorithm: SignatureAlgorithm = spec == .rsa2048 ? .rsaPKCS1SHA256 : .ecdsaSHA256
        let key = try direct.makePair(spec)
        let figures = try await [
            sign(spec, algorithm, vault), sign(spec, algorithm, software),
            CryptoBenchmark.nanoseconds { try direct.sign(digest, spec, under: key) },
        ]
        report("\(spec.rawValue) \(algorithm.rawValue) sign", figures)
    }

    private static func sign(
        _ spec: KeySpec,
        _ algorithm: SignatureAlgorithm,
        _ vault: some KeyVault
    ) async throws -> Double {
        let version = try await VaultSubject.makeVersion(spec, vault)
        return try await CryptoBenchmark.nanoseconds {
            _ = try await vault.sign(digest, with: algorithm, under: version)
        }
    }

    /// - Parameter figures: nanoseconds of the PKCS#11 vault, of the software vault and of the module alone.
    private static func report(_ name: String, _ figures: [Double]) {
        let (vault, software, module) = (figures[0], figures[1], figures[2])
        print(
            "\(name): vault \(Int(vault)) ns, module \(Int(module)) ns, ratio \(String(format: "%.2f", vault / module)); "
                + "software \(Int(software)) ns, ratio \(String(format: "%.2f", vault / software))"
        )
    }
}
