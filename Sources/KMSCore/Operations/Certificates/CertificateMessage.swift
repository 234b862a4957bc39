/// What is signed or verified with a certificate's key: a message, or its digest (spec 8).
struct CertificateMessage: Sendable {
    let algorithm: SignatureAlgorithm
    /// The message, at most 4,096 bytes, or its digest, 32 bytes.
    let bytes: [UInt8]
    let isDigest: Bool

    /// Reads Algorithm, Message and MessageType.
    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CertificateMessage {
        let algorithm = try parameters.signatureAlgorithm("Algorithm")
        let bytes = try parameters.base64("Message")
        let isDigest: Bool
        switch try parameters.optionalText("MessageType") {
        case nil, "RAW": isDigest = false
        case "DIGEST": isDigest = true
        default: throw .invalid("MessageType", "Use RAW or DIGEST.")
        }
        if isDigest {
            guard bytes.count == SignatureAlgorithm.digestByteCount else {
                throw .invalid(
                    "Message",
                    "It has \(bytes.count) bytes; a digest has \(SignatureAlgorithm.digestByteCount)."
                )
            }
        } else {
            guard bytes.count <= Limits.certificateMessage else {
                throw .invalid(
                    "Message",
                    "It has \(bytes.count) bytes; \(Limits.certificateMessage) are allowed. Pass the digest of a longer one."
                )
            }
        }
        return CertificateMessage(algorithm: algorithm, bytes: bytes, isDigest: isDigest)
    }

    /// The digest that the certificate's key signs.
    func digest(for certificate: Certificate, in service: KeyService) async throws(KMSError) -> [UInt8] {
        guard algorithm.fits(certificate.spec) else {
            let right = SignatureAlgorithm.allCases.filter { $0.fits(certificate.spec) }
            throw .wrongAlgorithm(certificate.spec, right.map(\.rawValue))
        }
        guard !isDigest else { return bytes }
        let publicKey = try await service.publicKey(of: certificate.keyPair)
        return try service.working { () throws(CertificateError) in
            try service.certificates.digest(of: bytes, publicKey: publicKey, spec: certificate.spec)
        }
    }
}

extension Certificate {
    /// Refuses an algorithm that this certificate's key does not encrypt with.
    func demand(_ algorithm: EncryptionAlgorithm) throws(KMSError) {
        guard !algorithm.fits(spec) else { return }
        let right = EncryptionAlgorithm.allCases.filter { $0.fits(spec) && $0 != .rsaesPKCS1 }
        guard !right.isEmpty else {
            throw .rejectedUnsupportedOperation("A key of spec \(spec.rawValue) does not encrypt.")
        }
        throw .wrongAlgorithm(spec, right.map(\.rawValue))
    }
}

extension KMSError {
    /// The documents know no other code for it with certificates.
    fileprivate static func wrongAlgorithm(_ spec: KeySpec, _ right: [String]) -> KMSError {
        .invalid("Algorithm", "For a key of spec \(spec.rawValue), use \(right.joined(separator: " or ")).")
    }
}
