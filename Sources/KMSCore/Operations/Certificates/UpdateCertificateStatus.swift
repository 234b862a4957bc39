/// Puts a certificate aside (INACTIVE), takes it up again (ACTIVE), or puts it aside for good (REVOKED).
package struct UpdateCertificateStatus: Operation {
    package static let name: StaticString = "UpdateCertificateStatus"
    package static let rateClass: RateClass = .write

    let certificate: CertificateReference
    let status: CertificateStatus

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UpdateCertificateStatus {
        let certificate = try parameters.certificateReference()
        let status: CertificateStatus
        switch try parameters.text("Status") {
        case "ACTIVE": status = .active
        // The documents of 2021 have the other two words.
        case "INACTIVE", "DISABLE", "DISABLED": status = .inactive
        case "REVOKED": status = .revoked
        default: throw .invalid("Status", "Use one of ACTIVE, INACTIVE, REVOKED.")
        }
        return UpdateCertificateStatus(certificate: certificate, status: status)
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(certificate, for: Self.name, call) { [status] certificate throws(KMSError) in
            switch certificate.status {
            case status: return []
            case .pending:
                throw .statusNotModified(.pending, "Upload the certificate first, or delete it.")
            case .revoked:
                throw .statusNotModified(.revoked, "That is final.")
            case .active, .inactive:
                return [.update(from: certificate, to: certificate.changed(at: call.arrival) { $0.status = status })]
            }
        }
        return Done()
    }
}
