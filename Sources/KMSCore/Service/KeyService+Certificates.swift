extension KeyService {
    /// The certificate behind an id or ARN: found, permitted, and of one of these statuses.
    package func certificate(
        _ reference: CertificateReference,
        for action: StaticString,
        in statuses: [CertificateStatus] = CertificateStatus.allCases,
        _ call: Call
    ) async throws(KMSError) -> Certificate {
        let (id, found) = try await resolve(reference, call)
        try permit(action, on: [.certificate(id, in: call.namespace)], call)
        guard let found else { throw .certificateNotFound }
        guard statuses.contains(found.status) else { throw .unusable(found.status) }
        return found
    }

    /// Finds out silently what a reference names; the answer is not to be shown before a permission was tested.
    private func resolve(
        _ reference: CertificateReference,
        _ call: Call
    ) async throws(KMSError) -> (CertificateID, Certificate?) {
        let id: CertificateID
        switch reference {
        case .id(let own): id = own
        case .certificate(let own, let account, let region):
            guard call.namespace.isNamed(account, region) else { return (own, nil) }
            id = own
        case .unknown: return (.absent, nil)
        }
        let found = try await reading { () async throws(StoreError) in
            try await store.certificate(id, in: call.namespace)
        }
        return (id, found)
    }

    /// Changes a certificate that is found and permitted; made anew where another change came first.
    ///
    /// - Parameter steps: what to write for the certificate as it is; none where it is already as asked.
    package func change(
        _ reference: CertificateReference,
        for action: StaticString,
        _ call: Call,
        _ steps: (Certificate) throws(KMSError) -> [CertificateStep]
    ) async throws(KMSError) {
        try await repeating { () async throws(KMSError) -> ChangeOutcome in
            let certificate = try await self.certificate(reference, for: action, call)
            return try await commit(try steps(certificate).map { .certificate($0) }, call)
        }
    }

    /// A subject's name as it is written in a request.
    package func subject(_ text: String) throws(KMSError) -> DistinguishedName {
        do throws(DistinguishedName.Failure) {
            return try DistinguishedName(reading: text) { certificates.text(ofDirectoryString: $0) }
        } catch { throw .invalid("Subject", error.explanation) }
    }

    /// The PEM of a certificate request, signed by a version whose public key is the request's.
    package func signed(_ request: CertificateRequest, by version: KeyVersion) async throws(KMSError) -> String {
        guard let algorithm = request.signatureAlgorithm else {
            throw .unsupportedOperation("A key of spec \(request.spec.rawValue) has no public key.")
        }
        let digest = try working { () throws(CertificateError) in
            try certificates.digest(
                of: certificates.info(of: request),
                publicKey: request.publicKey,
                spec: request.spec
            )
        }
        let signature = try await sign(digest, with: algorithm, under: version)
        return try working { () throws(CertificateError) in
            try certificates.pem(of: request, signature: signature)
        }
    }

    /// What the library gives; where it does not work, that is the service's failure.
    package func working<Value>(_ work: () throws(CertificateError) -> Value) throws(KMSError) -> Value {
        do { return try work() } catch { throw .internalFailure("A certificate cannot be made: \(error.reason)") }
    }
}
