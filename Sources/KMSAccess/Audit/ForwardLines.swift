internal import Glibc
package import KMSCore

/// Reads a file's lines from its begin to its end, a piece at a time.
package struct ForwardLines: ~Copyable {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Where in the buffer the next line begins.
    private var position = 0
    private var isAtEnd = false

    private static let chunk = 1 << 20

    package init(path: String) throws(AuditError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AuditError("opening \(path): \(String(cString: strerror(errno)))") }
    }

    deinit { _ = close(descriptor) }

    /// The next line without its newline, and whether it had one; nil at the end. What is too long for a line comes in
    /// pieces.
    package mutating func next() throws(AuditError) -> (text: ArraySlice<UInt8>, isWhole: Bool)? {
        while true {
            if let newline = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { position = newline + 1 }
                return (buffer[position..<newline], true)
            }
            guard !isAtEnd, buffer.count - position <= AuditLine.longest else {
                guard position < buffer.count else { return nil }
                defer { position = buffer.count }
                return (buffer[position...], false)
            }
            try read()
        }
    }

    private mutating func read() throws(AuditError) {
        buffer.removeFirst(position)
        position = 0
        let before = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.chunk))
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + before, Self.chunk) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw AuditError("reading \(path): \(String(cString: strerror(errno)))") }
            buffer.removeLast(Self.chunk - count)
            isAtEnd = count == 0
            return
        }
    }
}

extension AuditVerifier {
    /// Takes the lines of a file. Files come oldest first.
    package mutating func read(file path: String) throws(AuditError) {
        var lines = try ForwardLines(path: path)
        var number = 0
        while let (text, isWhole) = try lines.next() {
            number += 1
            read(text, isWhole: isWhole, of: path, number: number)
        }
    }
}
