/// Signs a message, or its digest, with the private key of an ACTIVE certificate.
package struct CertificatePrivateKeySign: Operation {
    package static let name: StaticString = "CertificatePrivateKeySign"
    package static let rateClass: RateClass = .asymmetric

    let certificate: CertificateReference
    let message: CertificateMessage

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CertificatePrivateKeySign {
        CertificatePrivateKeySign(
            certificate: try parameters.certificateReference(),
            message: try CertificateMessage.reading(&parameters)
        )
    }

    package struct Answer: Response {
        let id: CertificateID
        let signature: [UInt8]

        package func write(to fields: inout some FieldWriter) {
            fields.id("CertificateId", id.uuid)
            fields.base64("SignatureValue", signature)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let certificate = try await service.certificate(self.certificate, for: Self.name, in: [.active], call)
        let digest = try await message.digest(for: certificate, in: service)
        let signature = try await service.sign(digest, with: message.algorithm, under: certificate.keyPair)
        return Answer(id: certificate.id, signature: signature)
    }
}
