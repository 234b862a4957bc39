/// Destroys a certificate at once: its private key, its texts and its tags. There is no window and no way back.
package struct DeleteCertificate: Operation {
    package static let name: StaticString = "DeleteCertificate"
    package static let rateClass: RateClass = .write

    let certificate: CertificateReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> DeleteCertificate {
        DeleteCertificate(certificate: try parameters.certificateReference())
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        var keyPair: KeyVersionID?
        try await service.change(certificate, for: Self.name, call) { certificate in
            keyPair = certificate.keyPair.id
            return [.delete(certificate)]
        }
        if let keyPair { service.vault.forget([keyPair]) }
        return Done()
    }
}
