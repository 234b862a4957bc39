/// Makes a key pair for a certificate and the request by which an authority issues it (spec 8).
package struct CreateCertificate: Operation {
    package static let name: StaticString = "CreateCertificate"
    package static let rateClass: RateClass = .write

    let subject: String
    let spec: KeySpec
    let hosts: [String]
    let isPrivateKeyExportable: Bool
    let level: ProtectionLevel
    let clientToken: String?

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> CreateCertificate {
        let subject = try parameters.text("Subject", limit: Limits.subject)
        guard let spec = try parameters.choice("KeySpec", KeySpec.self) else { throw .missing("KeySpec") }
        guard Certificate.specs.contains(spec) else {
            let specs = Certificate.specs.map(\.rawValue).joined(separator: ", ")
            throw .invalid("KeySpec", "Use one of \(specs).")
        }
        // The parameter came later: who does not know it gets the level that the spec needs.
        let level = try parameters.choice("ProtectionLevel", ProtectionLevel.self) ?? (spec.needsHSM ? .hsm : .software)
        if spec.needsHSM, level == .software {
            throw .unsupportedProtectionLevel("Keys of spec \(spec.rawValue) need the protection level HSM.")
        }
        return CreateCertificate(
            subject: subject,
            spec: spec,
            hosts: try parameters.alternativeNames(),
            isPrivateKeyExportable: try parameters.boolean("ExportablePrivateKey") ?? true,
            level: level,
            clientToken: try parameters.optionalText("ClientToken", limit: 64)
        )
    }

    package struct Answer: Response {
        let certificate: Certificate

        package func write(to fields: inout some FieldWriter) {
            fields.id("CertificateId", certificate.id.uuid)
            fields.text("Arn", certificate.resourceName.description)
            fields.text("Csr", certificate.request)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let subject = try service.subject(self.subject)
        try service.permit(Self.name, on: [.certificateContainer(of: call.namespace)], call)
        if let made = try await earlier(call, in: service) { return Answer(certificate: made) }
        let holder = try service.holder(of: spec, for: .signVerify, level: level, in: call.namespace.region)
        if call.isDryRun { throw .dryRun }
        let made = try await make(subject, holder, call, in: service)
        var earlier: Certificate?
        try await service.repeating { () async throws(KMSError) -> ChangeOutcome in
            earlier = try await self.earlier(call, in: service)
            return try await service.commit(earlier == nil ? [.certificate(.insert(made))] : [], call)
        }
        return Answer(certificate: earlier ?? made)
    }

    /// What an earlier request with the same client token has made; it must have asked for the same.
    private func earlier(_ call: Call, in service: KeyService) async throws(KMSError) -> Certificate? {
        guard let clientToken else { return nil }
        let found = try await service.reading { () async throws(StoreError) in
            try await service.store.certificate(clientToken: clientToken, in: call.namespace)
        }
        guard let found else { return nil }
        guard found.subject.utf8.elementsEqual(subject.utf8), found.spec == spec, found.hosts == hosts,
            found.level == level, found.isPrivateKeyExportable == isPrivateKeyExportable
        else { throw .invalid("ClientToken", "It was used before, with other parameters.") }
        call.touch(found.resourceName)
        return found
    }

    private func make(
        _ subject: DistinguishedName,
        _ holder: KeyHolder,
        _ call: Call,
        in service: KeyService
    ) async throws(KMSError) -> Certificate {
        let id = CertificateID(service.ids.next())
        let identity = VersionIdentity(
            of: id,
            in: call.namespace,
            spec: spec,
            holder: holder.backend,
            level: level
        )
        let keyPair = try await service.makeVersion(identity, at: call.arrival)
        let publicKey = try await service.publicKey(of: keyPair)
        let request = CertificateRequest(subject: subject, hosts: hosts, publicKey: publicKey, spec: spec)
        call.touch(.certificate(id, in: call.namespace))
        return Certificate(
            id: id,
            keyPair: keyPair,
            subject: self.subject,
            hosts: hosts,
            isPrivateKeyExportable: isPrivateKeyExportable,
            clientToken: clientToken,
            request: try await service.signed(request, by: keyPair),
            updatedAt: call.arrival
        )
    }
}
