/// Answers the texts of a certificate: its request, the certificate itself and the chain above it.
package struct GetCertificate: Operation {
    package static let name: StaticString = "GetCertificate"
    package static let rateClass: RateClass = .read

    let certificate: CertificateReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> GetCertificate {
        GetCertificate(certificate: try parameters.certificateReference())
    }

    package struct Answer: Response {
        let certificate: Certificate

        package func write(to fields: inout some FieldWriter) {
            fields.id("CertificateId", certificate.id.uuid)
            fields.text("Csr", certificate.request)
            fields.text("Certificate", certificate.issued ?? "")
            fields.text("CertificateChain", certificate.chain)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        Answer(certificate: try await service.certificate(certificate, for: Self.name, call))
    }
}
