import Foundation

/// Standard output without a buffer in between: the starter waits for the line.
enum FileDescriptorOutput {
    static func writeLine(_ line: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }
}
