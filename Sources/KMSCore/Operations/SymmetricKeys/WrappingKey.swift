/// The public key of the caller's own to which a data key is encrypted when it is exported.
struct WrappingKey: Sendable {
    let publicKey: [UInt8]
    let spec: KeySpec
    let algorithm: EncryptionAlgorithm

    /// PublicKeyBlob, WrappingKeySpec and WrappingAlgorithm; the last two must fit each other.
    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> WrappingKey {
        let publicKey = try parameters.base64("PublicKeyBlob")
        let spec: KeySpec
        switch try parameters.text("WrappingKeySpec") {
        case "RSA_2048": spec = .rsa2048
        case "EC_SM2": spec = .ecSM2
        default: throw .invalid("WrappingKeySpec", "Use RSA_2048 or EC_SM2.")
        }
        let algorithm = try parameters.encryptionAlgorithm("WrappingAlgorithm")
        guard algorithm.fits(spec) else {
            throw .invalid(
                "WrappingAlgorithm",
                "Use SM2PKE with EC_SM2, RSAES_OAEP_SHA_256 or RSAES_OAEP_SHA_1 with RSA_2048."
            )
        }
        return WrappingKey(publicKey: publicKey, spec: spec, algorithm: algorithm)
    }

    /// The most bytes of a data key that fit.
    var longestDataKey: Int { algorithm.longestPlaintext(for: spec) ?? 0 }

    /// Refuses what is no public key of the spec: still a matter of the parameter's shape.
    func check(in service: KeyService) throws(KMSError) {
        guard service.publicKeys.isPublicKey(publicKey, of: spec) else {
            throw .invalid(
                "PublicKeyBlob",
                "Use the base64 of the DER SubjectPublicKeyInfo of a \(spec.rawValue) key, without PEM lines."
            )
        }
    }

    func wrap(_ dataKey: SecretBox, in service: KeyService) async throws(KMSError) -> [UInt8] {
        try await service.encrypt(dataKey, with: algorithm, to: publicKey, of: spec)
    }
}
