internal import CCrypto
package import KMSCore

/// scrypt (RFC 7914): makes a key from a password at the price of time and memory, for whoever guesses too.
package struct Scrypt: Sendable, Equatable {
    /// N: a power of two above 1.
    package let cost: Int
    /// r: at least 1. The memory taken is 128 · r · N bytes.
    package let blockSize: Int
    /// p: at least 1.
    package let parallelization: Int

    package init(cost: Int, blockSize: Int, parallelization: Int) {
        self.cost = cost
        self.blockSize = blockSize
        self.parallelization = parallelization
    }

    /// - Throws: ``CryptoError`` where the parameters are none of scrypt's or memory is out.
    package func derive(from password: RawSpan, salt: [UInt8], byteCount: Int) throws(CryptoError) -> SecretBytes {
        guard cost > 1, cost & (cost - 1) == 0, blockSize > 0, parallelization > 0 else {
            throw CryptoError("these are no parameters of scrypt")
        }
        return try unsafe SecretBytes(writing: byteCount) { output in
            unsafe password.withUnsafeBytes { password in
                unsafe salt.withUnsafeBytes { salt in
                    unsafe CCrypto_scrypt(
                        password.baseAddress,
                        password.count,
                        salt.baseAddress,
                        salt.count,
                        UInt64(cost),
                        UInt64(blockSize),
                        UInt64(parallelization),
                        output,
                        byteCount
                    )
                }
            }
        }
    }
}
