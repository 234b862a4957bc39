internal import KMSCore
internal import KMSCrypto

/// The ciphers behind the algorithms of ciphertexts.
extension CiphertextAlgorithm {
    /// The length of the key in bytes.
    var keyByteCount: Int { self == .sm4GCM ? SM4GCM.keyByteCount : AESGCM.keyByteCount }

    /// Random bytes, of which the all-zero ones are kept for key check values (`Documentation/SealedRecords.md`).
    func makeNonce() throws(CryptoError) -> [UInt8] {
        while true {
            let nonce = try RandomBytes.bytes(count: nonceByteCount)
            if nonce.contains(where: { $0 != 0 }) { return nonce }
        }
    }

    func seal(
        _ plaintext: RawSpan,
        key: RawSpan,
        nonce: ArraySlice<UInt8>,
        authenticating data: [UInt8],
        into output: inout [UInt8]
    ) throws(CryptoError) {
        switch self {
        case .xaes256GCM:
            try AESGCM.seal(plaintext, .extended, key: key, nonce: nonce, authenticating: data, into: &output)
        case .aes256GCM:
            try AESGCM.seal(plaintext, .plain, key: key, nonce: nonce, authenticating: data, into: &output)
        case .sm4GCM: try SM4GCM.seal(plaintext, key: key, nonce: nonce, authenticating: data, into: &output)
        }
    }

    func open(
        _ sealed: ArraySlice<UInt8>,
        key: RawSpan,
        nonce: ArraySlice<UInt8>,
        authenticating data: [UInt8]
    ) throws(AuthenticationFailure) -> SecretBytes {
        switch self {
        case .xaes256GCM: try AESGCM.open(sealed, .extended, key: key, nonce: nonce, authenticating: data)
        case .aes256GCM: try AESGCM.open(sealed, .plain, key: key, nonce: nonce, authenticating: data)
        case .sm4GCM: try SM4GCM.open(sealed, key: key, nonce: nonce, authenticating: data)
        }
    }
}

extension KeySpec {
    /// How ciphertexts of keys at that level are made; nil for asymmetric keys.
    func algorithm(at level: ProtectionLevel) -> CiphertextAlgorithm? {
        switch self {
        case .aes256: level == .hsm ? .aes256GCM : .xaes256GCM
        case .sm4: .sm4GCM
        case .rsa2048, .rsa3072, .ecP256, .ecP256K, .ecSM2: nil
        }
    }
}
