import Foundation
import KMSCore
import KMSCrypto
import KMSProtection

/// Measures what a warm Encrypt or Decrypt spends on cryptography, beside `openssl speed` for the cipher alone.
@main
enum CryptoBenchmark {
    static func main() async throws {
        print(
            "Software vault (XAES-256-GCM, nonce drawn, context authenticated) beside openssl speed (AES-256-GCM alone)."
        )
        print("Nanoseconds per operation, median of \(rounds) rounds; ratio is vault / openssl, so more is slower.\n")
        let subject = try await VaultSubject()
        for byteCount in [32, 4096] {
            let plaintext = [UInt8](repeating: 7, count: byteCount)
            let blob = try await subject.seal(plaintext)
            let seal = try await nanoseconds { _ = try await subject.seal(plaintext) }
            let open = try await nanoseconds { try await subject.open(blob) }
            report("seal", byteCount, seal, OpenSSLSpeed.nanoseconds(byteCount: byteCount, decrypting: false))
            report("open", byteCount, open, OpenSSLSpeed.nanoseconds(byteCount: byteCount, decrypting: true))
        }
    }

    private static let rounds = 9

    /// The time of one `operation`: each round repeats it for about a fifth of a second.
    private static func nanoseconds(_ operation: () async throws -> Void) async throws -> Double {
        let clock = ContinuousClock()
        var count = 1000
        var figures: [Double] = []
        while figures.count < rounds {
            let start = clock.now
            for _ in 0..<count { try await operation() }
            let time = (clock.now - start) / .nanoseconds(1)
            if time < 1e8, count < 10_000_000 {
                // The first rounds only find out how many repetitions it takes.
                count *= 2
                continue
            }
            figures.append(time / Double(count))
        }
        return figures.sorted()[rounds / 2]
    }

    private static func report(_ name: String, _ byteCount: Int, _ vault: Double, _ openSSL: Double?) {
        var line = "\(name) \(byteCount) bytes: vault \(Int(vault.rounded())) ns"
        if let openSSL {
            line += ", openssl \(Int(openSSL.rounded())) ns, ratio \(String(format: "%.2f", vault / openSSL))"
        } else {
            line += ", openssl not measured: it is not installed, or its output is not understood"
        }
        print(line)
    }
}
