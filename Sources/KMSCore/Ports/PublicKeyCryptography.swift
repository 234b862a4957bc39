/// What anybody can do who has a public key: encrypt to it and verify what its owner signed.
///
/// Public keys are DER SubjectPublicKeyInfo (RFC 5280). Those that come from callers are checked whole: type, size,
/// a point on its curve, nothing behind the end.
package protocol PublicKeyCryptography: Sendable {
    /// Whether `publicKey` is the DER of a sound public key of an asymmetric `spec`.
    func isPublicKey(_ publicKey: [UInt8], of spec: KeySpec) -> Bool
    /// Encrypts at most ``EncryptionAlgorithm/longestPlaintext(for:)`` bytes.
    func encrypt(
        _ plaintext: SecretBox,
        with algorithm: EncryptionAlgorithm,
        to publicKey: [UInt8],
        of spec: KeySpec
    ) async throws(PublicKeyError) -> [UInt8]
    /// Whether `signature` is one of `digest` (32 bytes) by the owner of the public key.
    func verify(
        _ signature: [UInt8],
        of digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        by publicKey: [UInt8],
        of spec: KeySpec
    ) async throws(PublicKeyError) -> Bool
    /// The public key as PEM (RFC 7468): lines of 64 columns, a newline at the end.
    func pem(of publicKey: [UInt8], spec: KeySpec) throws(PublicKeyError) -> String
}

package enum PublicKeyError: Error, Sendable, Equatable {
    /// The bytes are no public key of that spec.
    case invalidKey
    /// Too much work waits already; nothing was done.
    case busy
    /// The library does not work. The text is for the log.
    case unavailable(String)
}
