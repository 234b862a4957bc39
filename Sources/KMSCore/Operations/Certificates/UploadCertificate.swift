/// Takes the certificate that an authority has issued for a certificate's key pair, with the chain above it; the
/// certificate is then ACTIVE. An ACTIVE one may be renewed in this way.
package struct UploadCertificate: Operation {
    package static let name: StaticString = "UploadCertificate"
    package static let rateClass: RateClass = .write

    let certificate: CertificateReference
    let issued: String
    let chain: String?

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UploadCertificate {
        UploadCertificate(
            certificate: try parameters.certificateReference(),
            issued: try parameters.text("Certificate", limit: Limits.certificate),
            chain: try parameters.optionalText("CertificateChain", limit: Limits.certificateChain)
        )
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        let certificates = service.certificates
        guard let issued = certificates.certificates(in: self.issued, limit: 1)?.first else {
            throw .invalid("Certificate", "Pass one certificate as PEM, and nothing else.")
        }
        var chain: [IssuedCertificate] = []
        if let text = self.chain {
            guard let read = certificates.certificates(in: text, limit: Limits.certificatesOfChain) else {
                throw .invalid(
                    "CertificateChain",
                    "Pass 1 to \(Limits.certificatesOfChain) certificates as PEM, one after the other, and nothing else."
                )
            }
            chain = read
        }
        let reference = certificate
        let subject = try await service.certificate(reference, for: Self.name, call)
        let publicKey = try await service.publicKey(of: subject.keyPair)
        guard certificates.isCertificate(issued, for: publicKey) else {
            throw .invalid("Certificate", "It is not for the key of this certificate: issue it from the Csr.")
        }
        guard call.arrival <= issued.notAfter else { throw .invalid("Certificate", "It has expired.") }
        guard chain.isEmpty || certificates.areChained([issued] + chain, at: call.arrival) else {
            throw .invalid(
                "CertificateChain",
                "Each certificate must be issued by the next, beginning with the one in Certificate, and be valid."
            )
        }
        let chainText = chain.map(\.pem).joined()
        try await service.change(reference, for: Self.name, call) { certificate throws(KMSError) in
            guard certificate.status == .pending || certificate.status == .active else {
                throw .statusNotModified(certificate.status, "A certificate is uploaded while it is PENDING or ACTIVE.")
            }
            let changed = certificate.changed(at: call.arrival) {
                $0.issued = issued.pem
                $0.chain = chainText
                $0.status = .active
            }
            return [.update(from: certificate, to: changed)]
        }
        return Done()
    }
}
