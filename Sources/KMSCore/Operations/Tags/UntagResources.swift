/// Takes tags off up to 50 keys: those named, or all of them.
package struct UntagResources: Operation {
    package static let name: StaticString = "UntagResources"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion)

    let resources: ResourceList
    /// Nil for all tags.
    let tagKeys: [String]?

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> UntagResources {
        let resources = try ResourceList.reading(&parameters).named()
        var tagKeys: [String] = []
        for key in try parameters.list("TagKey", limit: Limits.tagsPerRequest) {
            tagKeys.append(try ParameterReader.tagKey(key))
        }
        let isAll = try parameters.boolean("All") ?? false
        guard !tagKeys.isEmpty || isAll else { throw .missing("TagKey.1") }
        return UntagResources(resources: resources, tagKeys: tagKeys.isEmpty ? nil : tagKeys)
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        try await service.repeating { [resources, tagKeys] () async throws(KMSError) -> ChangeOutcome in
            let keys = try await resources.resolved(for: Self.self, call, in: service)
            let steps: [Change.Step] = keys.flatMap { key -> [Change.Step] in
                [.expectKey(key), .removeTags(key.id, in: key.namespace, tagKeys)]
            }
            return try await service.commit(steps, call)
        }
        return Done()
    }
}
