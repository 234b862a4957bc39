/// Puts tags on one key or certificate; a tag that is there gets the new value.
package struct TagResource: Operation {
    package static let name: StaticString = "TagResource"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion)

    let resource: TaggedResource
    let tags: [Tag]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> TagResource {
        let resource = try TaggedResource.reading(&parameters)
        guard let tags = try parameters.tags("Tags") else { throw .missing("Tags") }
        return TagResource(resource: resource, tags: tags)
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        let (tags, limit) = (tags, service.settings.quotas.tagsPerResource)
        switch resource {
        case .key(let key):
            try await service.change(key, for: Self.self, call) { key in
                tags.isEmpty ? [] : [.expectKey(key), .setTags(key.id, in: key.namespace, tags, limit: limit)]
            }
        case .certificate(let certificate):
            try await service.change(certificate, for: Self.name, call) { certificate in
                tags.isEmpty ? [] : [.setTags(certificate.id, in: certificate.namespace, tags, limit: limit)]
            }
        }
        return Done()
    }
}

/// The one resource that TagResource and UntagResource name.
enum TaggedResource: Sendable {
    case key(KeyReference)
    case certificate(CertificateReference)

    static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> TaggedResource {
        let key = try parameters.optionalText("KeyId")
        let secret = try parameters.optionalText("SecretName")
        let certificate = try parameters.optionalText("CertificateId")
        switch (key, secret, certificate) {
        case (let key?, nil, nil): return .key(KeyReference(key))
        case (nil, nil, let certificate?): return .certificate(CertificateReference(certificate))
        case (nil, nil, nil): throw .missing("KeyId")
        case (nil, _?, nil):
            throw .unsupportedOperation("This server keeps no secrets: use KeyId or CertificateId.")
        default: throw .invalid("KeyId", "Give one of KeyId, SecretName and CertificateId.")
        }
    }
}
