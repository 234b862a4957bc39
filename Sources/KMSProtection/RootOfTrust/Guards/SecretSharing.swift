internal import CShares
internal import KMSCore
internal import KMSCrypto

/// Shamir's secret sharing over GF(2^8), by libgfshare.
enum SecretSharing {
    /// Shares 1 to `count` of a secret, each as long as it is; any `threshold` of them give it back.
    static func split(
        _ secret: borrowing SecretBytes,
        threshold: UInt8,
        count: UInt8
    ) throws(RootKeyError) -> [SecretBox] {
        let size = secret.byteCount
        let numbers = [UInt8](1...max(count, 1))
        let all = try SecretBytes(byteCount: size * Int(count)) { output throws(RootKeyError) in
            let isSplit = unsafe output.withUnsafeMutableBytes { buffer, written in
                written = buffer.count
                return secret.withBytes { secret in
                    unsafe secret.withUnsafeBytes { secret in
                        unsafe CShares_split(
                            secret.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            size,
                            threshold,
                            numbers,
                            count,
                            buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        )
                    }
                }
            }
            guard isSplit == 1 else { throw RootKeyError("The shares could not be made.") }
        }
        return all.withBytes { all in
            (0..<Int(count)).map { SecretBox(SecretBytes(copying: all.extracting($0 * size..<($0 + 1) * size))) }
        }
    }

    /// The secret of shares that belong together; of others, something else. Nil where the numbers are none.
    static func join(_ shares: [(number: UInt8, value: SecretBox)]) -> SecretBytes? {
        guard let size = shares.first?.value.byteCount, shares.allSatisfy({ $0.value.byteCount == size }),
            let count = UInt8(exactly: shares.count)
        else { return nil }
        let all = SecretBytes(byteCount: size * shares.count) { output in
            for share in shares {
                share.value.withBytes { value in
                    for offset in value.byteOffsets {
                        unsafe output.append(value.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
                    }
                }
            }
        }
        let numbers = shares.map(\.number)
        return try? SecretBytes(byteCount: size) { output throws(CancelledJoin) in
            let isJoined = unsafe output.withUnsafeMutableBytes { buffer, written in
                written = buffer.count
                return all.withBytes { all in
                    unsafe all.withUnsafeBytes { all in
                        unsafe CShares_join(
                            numbers,
                            all.baseAddress?.assumingMemoryBound(to: UInt8.self),
                            count,
                            size,
                            buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        )
                    }
                }
            }
            guard isJoined == 1 else { throw CancelledJoin() }
        }
    }

    private struct CancelledJoin: Error {}
}
