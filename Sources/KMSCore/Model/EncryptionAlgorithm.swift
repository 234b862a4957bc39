/// How something is encrypted to a public key, as `Algorithm` and `WrappingAlgorithm` name it (spec 3 to 5).
package enum EncryptionAlgorithm: String, Sendable, CaseIterable {
    /// RSAES-OAEP (RFC 8017) with SHA-256 and MGF1 with SHA-256; the label is empty.
    case rsaesOAEPSHA256 = "RSAES_OAEP_SHA_256"
    /// RSAES-OAEP (RFC 8017) with SHA-1 and MGF1 with SHA-1; the label is empty.
    case rsaesOAEPSHA1 = "RSAES_OAEP_SHA_1"
    /// RSAES-PKCS1-v1_5 (RFC 8017): wraps imported key material, and nothing else.
    case rsaesPKCS1 = "RSAES_PKCS1_V1_5"
    /// SM2 public key encryption (GB/T 32918.4) in the order C1 C3 C2, C1 an uncompressed point.
    case sm2PKE = "SM2PKE"

    /// Whether keys of this spec encrypt this way.
    package func fits(_ spec: KeySpec) -> Bool {
        switch self {
        case .rsaesOAEPSHA256, .rsaesOAEPSHA1, .rsaesPKCS1: spec == .rsa2048 || spec == .rsa3072
        case .sm2PKE: spec == .ecSM2
        }
    }

    /// The most bytes of plaintext that one ciphertext of this spec holds, or nil where the two do not fit.
    package func longestPlaintext(for spec: KeySpec) -> Int? {
        guard fits(spec) else { return nil }
        let modulus = spec == .rsa3072 ? 384 : 256
        return switch self {
        case .rsaesOAEPSHA256: modulus - 66
        case .rsaesOAEPSHA1: modulus - 42
        case .rsaesPKCS1: modulus - 11
        case .sm2PKE: Limits.sm2Plaintext
        }
    }

    /// The lengths in bytes that a ciphertext of this spec may have, or nil where the two do not fit.
    package func ciphertextByteCounts(for spec: KeySpec) -> ClosedRange<Int>? {
        guard let longest = longestPlaintext(for: spec) else { return nil }
        switch self {
        case .rsaesOAEPSHA256, .rsaesOAEPSHA1, .rsaesPKCS1:
            let modulus = spec == .rsa3072 ? 384 : 256
            return modulus...modulus
        // Raw, a ciphertext is 97 bytes longer than its plaintext; DER, which decryption takes as well, adds a little.
        case .sm2PKE: return 98...(longest + 97 + 64)
        }
    }
}
