import Foundation

/// The `openssl speed` of the machine, asked for AES-256-GCM.
enum OpenSSLSpeed {
    /// Nanoseconds for one message, or nil where there is no `openssl` that says.
    static func nanoseconds(byteCount: Int, decrypting: Bool) -> Double? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["openssl", "speed", "-elapsed", "-seconds", "2", "-bytes", "\(byteCount)", "-mr"]
            + (decrypting ? ["-decrypt"] : []) + ["-evp", "aes-256-gcm"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // The machine-readable figure: +F:number:cipher:bytes per second.
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("+F:") }),
            let rate = line.split(separator: ":").last.flatMap({ Double($0) }), rate > 0
        else { return nil }
        return Double(byteCount) / rate * 1e9
    }
}
