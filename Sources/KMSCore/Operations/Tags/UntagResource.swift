/// Takes tags off one key or certificate; those that are not there are no error.
package struct UntagResource: Operation {
    package static let name: StaticString = "UntagResource"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion)

    let resource: TaggedResource
    let tagKeys: [String]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UntagResource {
        UntagResource(resource: try TaggedResource.reading(&parameters), tagKeys: try parameters.tagKeys("TagKeys"))
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        let tagKeys = tagKeys
        switch resource {
        case .key(let key):
            try await service.change(key, for: Self.self, call) { key in
                [.expectKey(key), .removeTags(key.id, in: key.namespace, tagKeys)]
            }
        case .certificate(let certificate):
            try await service.change(certificate, for: Self.name, call) { certificate in
                [.removeTags(certificate.id, in: certificate.namespace, tagKeys)]
            }
        }
        return Done()
    }
}
