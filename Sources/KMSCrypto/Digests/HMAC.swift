internal import CCrypto

/// HMAC (RFC 2104) with SHA-256.
package enum HMACSHA256 {
    package static let byteCount = 32

    /// The code of `message` under a key of any length; 32 bytes.
    package static func code(key: RawSpan, message: RawSpan) -> [UInt8] {
        unsafe filled(byteCount) { code in
            unsafe key.withUnsafeBytes { key in
                unsafe message.withUnsafeBytes { message in
                    unsafe CCrypto_hmac_sha256(key.baseAddress, key.count, message.baseAddress, message.count, code)
                }
            }
        }
    }

    /// The code of `message` under a key of any length; 32 bytes.
    package static func code(key: RawSpan, message: [UInt8]) -> [UInt8] {
        unsafe code(key: key, message: message.span.bytes)
    }
}

/// What is weak, and offered because the API obliges us to.
package enum Insecure {
    /// HMAC (RFC 2104) with SHA-1: the V1 request signature. As a MAC it is not known to be broken.
    package enum HMACSHA1 {
        package static let byteCount = 20

        /// The code of `message` under a key of any length; 20 bytes.
        package static func code(key: RawSpan, message: RawSpan) -> [UInt8] {
            unsafe filled(byteCount) { code in
                unsafe key.withUnsafeBytes { key in
                    unsafe message.withUnsafeBytes { message in
                        unsafe CCrypto_hmac_sha1(key.baseAddress, key.count, message.baseAddress, message.count, code)
                    }
                }
            }
        }

        /// The code of `message` under a key of any length; 20 bytes.
        package static func code(key: RawSpan, message: [UInt8]) -> [UInt8] {
            unsafe code(key: key, message: message.span.bytes)
        }
    }
}
