import Foundation

/// The `openssl speed` of the machine, which counts processor time.
enum OpenSSLSpeed {
    /// Nanoseconds for one message, or nil where there is no `openssl` that says.
    static func nanoseconds(byteCount: Int, decrypting: Bool) -> Double? {
        let text = run(
            ["-bytes", "\(byteCount)"] + (decrypting ? ["-decrypt"] : []) + ["-evp", "aes-256-gcm"]
        )
        // The machine-readable figure: +F:number:cipher:bytes per second.
        guard let line = text?.split(separator: "\n").first(where: { $0.hasPrefix("+F:") }),
            let rate = line.split(separator: ":").last.flatMap({ Double($0) }), rate > 0
        else { return nil }
        return Double(byteCount) / rate * 1e9
    }

    /// Nanoseconds for one signature and one verification, or nil where there is no `openssl` that says.
    ///
    /// - Parameter algorithm: a name that `openssl speed` takes, such as `rsa2048`.
    static func signature(_ algorithm: String) -> (sign: Double, verify: Double)? {
        // +F2, +F4 or +F7, its fields ending in signatures and verifications per second.
        let line = run([algorithm])?.split(separator: "\n").first { $0.hasPrefix("+F") }
        let rates = line?.split(separator: ":").suffix(2).compactMap { Double($0) } ?? []
        guard rates.count == 2, rates.allSatisfy({ $0 > 0 }) else { return nil }
        return (1e9 / rates[0], 1e9 / rates[1])
    }

    private static func run(_ arguments: [String]) -> String? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl", "speed", "-seconds", "2", "-mr"] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
