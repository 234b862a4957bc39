package import KMSCore
package import KMSCrypto

/// What a console password is known again by: scrypt under a random salt (`Documentation/Passwords.md`).
///
/// `0x01 | log2 N | r | p | salt (16) | key (32)`: 52 bytes. What parses serialises to the very same bytes.
package struct PasswordHash: Sendable, Equatable {
    package static let byteCount = 52
    /// Characters that a password may have.
    package static let lengths = 8...128
    /// 32 MiB and some tenths of a second for each try.
    private static let current = Scrypt(cost: 1 << 15, blockSize: 8, parallelization: 3)
    private static let saltByteCount = 16

    package let bytes: [UInt8]
    private let scrypt: Scrypt

    /// The hash in `bytes`, or nil for anything that this format does not describe, or that would take more than
    /// 256 MiB or ten times the work of today's to compare with.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, bytes[0] == 1, (10...18).contains(bytes[1]), (1...8).contains(bytes[2]),
            (1...10).contains(bytes[3])
        else { return nil }
        self.bytes = bytes
        scrypt = Scrypt(cost: 1 << Int(bytes[1]), blockSize: Int(bytes[2]), parallelization: Int(bytes[3]))
    }

    /// The hash of a new password. Takes some tenths of a second; not for event loops.
    package init(of password: borrowing SecretBytes) throws(CryptoError) {
        let salt = try RandomBytes.bytes(count: Self.saltByteCount)
        let scrypt = Self.current
        let header: [UInt8] = [
            1, UInt8(scrypt.cost.trailingZeroBitCount), UInt8(scrypt.blockSize), UInt8(scrypt.parallelization),
        ]
        let key = try password.withBytes { bytes throws(CryptoError) in
            try scrypt.derive(from: bytes, salt: salt, byteCount: 32)
        }
        bytes = header + salt + key.withBytes { $0.withUnsafeBytes { Array($0) } }
        self.scrypt = scrypt
    }

    /// Whether `password` is the one; compared in constant time. Takes some tenths of a second; not for event loops.
    package func matches(_ password: borrowing SecretBytes) throws(CryptoError) -> Bool {
        let salt = Array(bytes[4..<20])
        let key = try password.withBytes { bytes throws(CryptoError) in
            try scrypt.derive(from: bytes, salt: salt, byteCount: 32)
        }
        let expected = Array(bytes[20...])
        return key.withBytes { constantTimeEquals($0, expected.span.bytes) }
    }
}
