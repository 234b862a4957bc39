/// Puts tags on one key; a tag that is there gets the new value.
package struct TagResource: Operation {
    package static let name: StaticString = "TagResource"
    package static let demands = KeyDemands(.notPendingDeletion)

    let key: KeyReference
    let tags: [Tag]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> TagResource {
        let key = try parameters.taggedResource()
        guard let tags = try parameters.tags("Tags") else { throw .missing("Tags") }
        return TagResource(key: key, tags: tags)
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { [tags] key in
            tags.isEmpty
                ? []
                : [.expectKey(key), .setTags(key.id, in: key.namespace, tags, limit: Limits.tagsPerResource)]
        }
        return Done()
    }
}

extension ParameterReader {
    /// The one resource that TagResource and UntagResource name; there are keys alone.
    mutating func taggedResource() throws(KMSError) -> KeyReference {
        let key = try optionalText("KeyId")
        let secret = try optionalText("SecretName")
        let certificate = try optionalText("CertificateId")
        switch (key, secret, certificate) {
        case (let key?, nil, nil): return KeyReference(key)
        case (nil, nil, nil): throw .missing("KeyId")
        case (nil, _?, nil): throw .unsupportedOperation("This server keeps no secrets: name a key by KeyId.")
        case (nil, nil, _?): throw .certificateNotFound
        default: throw .invalid("KeyId", "Give one of KeyId, SecretName and CertificateId.")
        }
    }
}
