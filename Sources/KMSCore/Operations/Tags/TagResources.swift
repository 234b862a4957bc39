/// Puts the same tags on up to 50 keys, on all or on none.
package struct TagResources: Operation {
    package static let name: StaticString = "TagResources"
    package static let rateClass: RateClass = .write
    package static let demands = KeyDemands(.notPendingDeletion)

    let resources: ResourceList
    let tags: [Tag]

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> TagResources {
        let resources = try ResourceList.reading(&parameters).named()
        let tags = try parameters.numberedTags()
        guard !tags.isEmpty else { throw .missing("Tag.1.Key") }
        return TagResources(resources: resources, tags: tags)
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Done {
        let limit = service.settings.quotas.tagsPerResource
        try await service.repeating { [resources, tags] () async throws(KMSError) -> ChangeOutcome in
            let keys = try await resources.resolved(for: Self.self, call, in: service)
            let steps: [Change.Step] = keys.flatMap { key -> [Change.Step] in
                [.expectKey(key), .setTags(key.id, in: key.namespace, tags, limit: limit)]
            }
            return try await service.commit(steps, call)
        }
        return Done()
    }
}
