/// Tells everything about a certificate but its private key (spec 8).
///
/// What only an issued certificate has is empty until there is one; its own subject and names then take the place of
/// those that were asked for.
package struct DescribeCertificate: Operation {
    package static let name: StaticString = "DescribeCertificate"
    package static let rateClass: RateClass = .read

    let certificate: CertificateReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DescribeCertificate {
        DescribeCertificate(certificate: try parameters.certificateReference())
    }

    package struct Answer: Response {
        let certificate: Certificate
        let issued: IssuedCertificate?
        let publicKey: String
        let tags: [Tag]

        package func write(to fields: inout some FieldWriter) {
            fields.id("CertificateId", certificate.id.uuid)
            fields.text("Arn", certificate.resourceName.description)
            fields.text("KeySpec", certificate.spec.rawValue)
            fields.text("ProtectionLevel", certificate.level.rawValue)
            fields.text("Status", certificate.status.rawValue)
            fields.date("CreatedAt", certificate.createdAt)
            fields.date("UpdatedAt", certificate.updatedAt)
            fields.text("Subject", issued?.subject ?? certificate.subject)
            fields.texts(
                "SubjectAlternativeNames",
                of: "SubjectAlternativeName",
                issued?.hosts ?? certificate.hosts
            )
            fields.text("SubjectPublicKey", publicKey)
            fields.text("SubjectKeyIdentifier", Self.hexadecimal(issued?.keyIdentifier ?? []))
            fields.text("Issuer", issued?.issuer ?? "")
            fields.text("Serial", issued?.serial ?? "")
            fields.text("NotBefore", issued?.notBefore.description ?? "")
            fields.text("NotAfter", issued?.notAfter.description ?? "")
            fields.text("SignatureAlgorithm", signatureAlgorithm)
            fields.boolean("ExportablePrivateKey", certificate.isPrivateKeyExportable)
            fields.map("Tags", of: "Tag", tags.map { ($0.key, $0.value) })
        }

        /// How the key signs: the documented names follow the key, whatever key the authority has.
        private var signatureAlgorithm: String {
            switch certificate.spec {
            case .ecP256: "ECDSA-SHA256"
            case .ecSM2: "SM2-SM3"
            default: "RSA2048-SHA256"
            }
        }

        private static func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let certificate = try await service.certificate(self.certificate, for: Self.name, call)
        let tags = try await service.reading { () async throws(StoreError) in
            try await service.store.tags(of: certificate.id, in: call.namespace)
        }
        var issued: IssuedCertificate?
        if let pem = certificate.issued {
            issued = service.certificates.certificates(in: pem, limit: 1)?.first
            guard issued != nil else { throw .internalFailure("Certificate \(certificate.id) is not one any more.") }
        }
        let publicKey = try await service.publicKey(of: certificate.keyPair)
        do {
            let pem = try service.publicKeys.pem(of: publicKey, spec: certificate.spec)
            return Answer(certificate: certificate, issued: issued, publicKey: pem, tags: tags)
        } catch { throw KeyService.failure(error) }
    }
}
