internal import CCrypto
package import KMSCore

/// The one source of randomness: libcrypto's generators, seeded by the kernel.
package enum RandomBytes {
    /// Bytes that may be seen: nonces, ids.
    package static func bytes(count: Int) throws(CryptoError) -> [UInt8] {
        var isFilled = count == 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            guard let start = buffer.baseAddress, count > 0 else { return }
            isFilled = unsafe CCrypto_random_public(start, count) == 1
            written = isFilled ? count : 0
        }
        guard isFilled else { throw CryptoError("The random generator does not work.") }
        return bytes
    }

    /// Bytes that are a secret from the moment they are made.
    package static func secret(byteCount: Int) throws(CryptoError) -> SecretBytes {
        try unsafe SecretBytes(writing: byteCount) { unsafe CCrypto_random_private($0, byteCount) }
    }
}

/// Random UUIDs (RFC 9562, version 4).
package struct RandomIDs: IDSource {
    package init() {}

    package func next() -> UUIDBytes {
        // A generator that stops is a reason to stop as well: ids that repeat would mix up keys.
        guard let bytes = try? RandomBytes.bytes(count: 16), let random = UUIDBytes(bytes: bytes[...]) else {
            preconditionFailure("The random generator does not work.")
        }
        return UUIDBytes(
            high: random.high & ~0xF000 | 0x4000,
            low: random.low & ~(0b11 << 62) | (0b10 << 62)
        )
    }
}
