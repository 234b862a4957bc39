/// How a digest is signed, as `Algorithm` names it (spec 5).
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// RSASSA-PSS (RFC 8017) with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
    case rsaPSSSHA256 = "RSA_PSS_SHA_256"
    /// RSASSA-PKCS1-v1_5 (RFC 8017) with SHA-256.
    case rsaPKCS1SHA256 = "RSA_PKCS1_SHA_256"
    /// ECDSA (FIPS 186-4) over a SHA-256 digest; the signature is DER: SEQUENCE { r, s }.
    case ecdsaSHA256 = "ECDSA_SHA_256"
    /// SM2 signature (GB/T 32918.2) over e = SM3(Z ‖ message); the signature is DER: SEQUENCE { r, s }.
    case sm2DSA = "SM2DSA"

    /// The length of every digest that is signed, in bytes.
    package static let digestByteCount = 32

    /// Whether keys of this spec sign this way.
    package func fits(_ spec: KeySpec) -> Bool {
        switch self {
        case .rsaPSSSHA256, .rsaPKCS1SHA256: spec == .rsa2048 || spec == .rsa3072
        case .ecdsaSHA256: spec == .ecP256 || spec == .ecP256K
        case .sm2DSA: spec == .ecSM2
        }
    }

    /// The lengths in bytes that a signature of this spec may have, or nil where the two do not fit.
    package func signatureByteCounts(for spec: KeySpec) -> ClosedRange<Int>? {
        guard fits(spec) else { return nil }
        switch self {
        case .rsaPSSSHA256, .rsaPKCS1SHA256:
            let modulus = spec == .rsa3072 ? 384 : 256
            return modulus...modulus
        // A SEQUENCE of two numbers, each of 1 to 33 bytes behind two bytes of its own.
        case .ecdsaSHA256, .sm2DSA: return 8...72
        }
    }
}
