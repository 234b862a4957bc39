/// Takes tags off one key; those that are not there are no error.
package struct UntagResource: Operation {
    package static let name: StaticString = "UntagResource"
    package static let demands = KeyDemands(.notPendingDeletion)

    let key: KeyReference
    let tagKeys: [String]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UntagResource {
        UntagResource(key: try parameters.taggedResource(), tagKeys: try parameters.tagKeys("TagKeys"))
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.change(key, for: Self.self, call) { [tagKeys] key in
            [.expectKey(key), .removeTags(key.id, in: key.namespace, tagKeys)]
        }
        return Done()
    }
}
