import Foundation
import KMSCore
import KMSCrypto
import KMSProtection

/// Measures what a warm operation spends on cryptography, beside `openssl speed` for the algorithm alone.
@main
enum CryptoBenchmark {
    static func main() async throws {
        print(
            "Software vault (XAES-256-GCM, nonce drawn, context authenticated) beside openssl speed (AES-256-GCM alone)."
        )
        print(
            "Nanoseconds of processor time per operation, median of \(rounds) rounds; ratio is vault / openssl, so more is slower.\n"
        )
        let subject = try await VaultSubject()
        for byteCount in [32, 4096] {
            let plaintext = [UInt8](repeating: 7, count: byteCount)
            let blob = try await subject.seal(plaintext)
            let seal = try await nanoseconds { _ = try await subject.seal(plaintext) }
            let open = try await nanoseconds { try await subject.open(blob) }
            report(
                "seal \(byteCount) bytes",
                "vault",
                seal,
                OpenSSLSpeed.nanoseconds(byteCount: byteCount, decrypting: false)
            )
            report(
                "open \(byteCount) bytes",
                "vault",
                open,
                OpenSSLSpeed.nanoseconds(byteCount: byteCount, decrypting: true)
            )
        }
        try await AsymmetricBenchmark.run()
        try await TokenBenchmark.run()
        try await ProcessBenchmark.run()
    }

    private static let rounds = 9

    /// The time of one `operation`: each round repeats it for about a fifth of a second.
    ///
    /// - Parameter now: nanoseconds of this process's processor time, which a busy machine distorts least, or of another
    ///   clock.
    static func nanoseconds(
        by now: () -> Double = processorTime,
        _ operation: () async throws -> Void
    ) async throws -> Double {
        var count = 1
        var figures: [Double] = []
        while figures.count < rounds {
            let start = now()
            for _ in 0..<count { try await operation() }
            let time = now() - start
            if time < 1e8, count < 10_000_000 {
                // The first rounds only find out how many repetitions it takes.
                count *= 2
                continue
            }
            figures.append(time / Double(count))
        }
        return figures.sorted()[rounds / 2]
    }

    private static func processorTime() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) * 1e9 }

    static func report(_ name: String, _ subject: String, _ ours: Double, _ openSSL: Double?) {
        var line = "\(name): \(subject) \(Int(ours.rounded())) ns"
        if let openSSL {
            line += ", openssl \(Int(openSSL.rounded())) ns, ratio \(String(format: "%.2f", ours / openSSL))"
        } else {
            line += ", openssl says nothing of it, or its output is not understood"
        }
        print(line)
    }
}
