/// Makes a certificate request (PKCS#10) for a version of a customer master key, which signs it. Keyhold's own: the
/// manual promises such requests, and its API has no operation for them.
package struct CreateCertificateSigningRequest: Operation {
    package static let name: StaticString = "CreateCertificateSigningRequest"
    package static let rateClass: RateClass = .asymmetric
    package static let demands = KeyDemands(.enabled, acceptsAlias: true)

    let key: KeyReference
    let version: KeyVersionID
    let subject: String
    let hosts: [String]

    package static func reading(
        _ parameters: inout ParameterReader
    ) throws(KMSError) -> CreateCertificateSigningRequest {
        CreateCertificateSigningRequest(
            key: try parameters.keyReference(),
            version: try parameters.keyVersionID(),
            subject: try parameters.text("Subject", limit: Limits.subject),
            hosts: try parameters.alternativeNames()
        )
    }

    package struct Answer: Response {
        let version: VersionIdentity
        let request: String

        package func write(to fields: inout some FieldWriter) {
            fields.id("KeyId", version.key.uuid)
            fields.id("KeyVersionId", version.id.uuid)
            fields.text("Csr", request)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let subject = try service.subject(self.subject)
        let version = try await service.asymmetricVersion(self.version, of: key, for: Self.self, call)
        guard version.identity.usage == .signVerify else {
            throw .rejectedUnsupportedOperation("The key's usage is \(version.identity.usage.rawValue).")
        }
        let request = CertificateRequest(
            subject: subject,
            hosts: hosts,
            publicKey: try await service.publicKey(of: version),
            spec: version.identity.spec
        )
        return Answer(version: version.identity, request: try await service.signed(request, by: version))
    }
}
