/// What is done with certificates and requests for them. No private key is used here: whoever holds it signs.
package protocol CertificateCryptography: Sendable {
    /// The text in the DER of a DirectoryString (RFC 5280, 4.1.2.4), or nil where it is none.
    func text(ofDirectoryString der: [UInt8]) -> String?
    /// The DER of a request's CertificationRequestInfo: what its owner signs.
    func info(of request: CertificateRequest) throws(CertificateError) -> [UInt8]
    /// What stands for a message where it is signed with a key of this spec: SHA-256 of it, or for SM2 e = SM3(Z ‖ message).
    func digest(of message: [UInt8], publicKey: [UInt8], spec: KeySpec) throws(CertificateError) -> [UInt8]
    /// The request as PEM, signed with its ``CertificateRequest/signatureAlgorithm``; the signature must verify.
    func pem(of request: CertificateRequest, signature: [UInt8]) throws(CertificateError) -> String

    /// The certificates in a text of PEM blocks, or nil unless there are 1 to `limit` and nothing else.
    func certificates(in pem: String, limit: Int) -> [IssuedCertificate]?
    /// Whether a certificate is for this public key.
    func isCertificate(_ certificate: IssuedCertificate, for publicKey: [UInt8]) -> Bool
    /// Whether each certificate was issued by the one after it and all are valid at `now` (RFC 5280, 6.1); the last is
    /// taken on trust. At least two.
    func areChained(_ certificates: [IssuedCertificate], at now: Timestamp) -> Bool
}

/// The library does not work. The text is for the log.
package struct CertificateError: Error, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
