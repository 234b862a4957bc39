/// Tells whether a certificate's key signed a message: also one that is put aside or revoked, since what it signed
/// before must still be judged. A wrong signature is an answer, not an error.
package struct CertificatePublicKeyVerify: Operation {
    package static let name: StaticString = "CertificatePublicKeyVerify"
    package static let rateClass: RateClass = .asymmetric

    let certificate: CertificateReference
    let message: CertificateMessage
    let signature: [UInt8]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CertificatePublicKeyVerify {
        CertificatePublicKeyVerify(
            certificate: try parameters.certificateReference(),
            message: try CertificateMessage.reading(&parameters),
            signature: try parameters.base64("SignatureValue")
        )
    }

    package struct Answer: Response {
        let id: CertificateID
        let isValid: Bool

        package func write(to fields: inout some FieldWriter) {
            fields.id("CertificateId", id.uuid)
            fields.boolean("SignatureValid", isValid)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let certificate = try await service.certificate(
            self.certificate,
            for: Self.name,
            in: [.active, .inactive, .revoked],
            call
        )
        let digest = try await message.digest(for: certificate, in: service)
        let isValid = try await service.verify(
            signature,
            of: digest,
            with: message.algorithm,
            by: certificate.keyPair
        )
        return Answer(id: certificate.id, isValid: isValid)
    }
}
