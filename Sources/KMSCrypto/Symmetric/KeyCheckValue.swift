package import KMSCore

/// A value by which a key is known again without being kept: imported material must be the same each time.
///
/// It is the tag of an empty message under the key itself, with the all-zero nonce. No ciphertext of the service has that
/// nonce but by a chance of one in 2^96, and whoever does not have the key learns nothing from the tag that would let
/// him guess a key of 128 bits or more. It is kept sealed nonetheless.
package enum KeyCheckValue {
    package static let byteCount = 16

    /// - Parameters:
    ///   - key: 32 bytes for ``KeySpec/aes256``, 16 for ``KeySpec/sm4``; other specs and lengths are refused.
    ///   - data: what the value is bound to: a label and the key version.
    package static func make(
        of key: RawSpan,
        _ spec: KeySpec,
        authenticating data: [UInt8]
    ) throws(CryptoError) -> [UInt8] {
        let nonce = [UInt8](repeating: 0, count: SM4GCM.nonceByteCount)[...]
        let nothing: [UInt8] = []
        var tag: [UInt8] = []
        switch (spec, key.byteCount) {
        case (.aes256, AESGCM.keyByteCount):
            try unsafe AESGCM.seal(
                nothing.span.bytes,
                .plain,
                key: key,
                nonce: nonce,
                authenticating: data,
                into: &tag
            )
        case (.sm4, SM4GCM.keyByteCount):
            try unsafe SM4GCM.seal(nothing.span.bytes, key: key, nonce: nonce, authenticating: data, into: &tag)
        default: throw CryptoError("The material is not as long as its spec asks.")
        }
        return tag
    }
}
