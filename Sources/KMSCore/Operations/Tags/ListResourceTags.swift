/// Lists the tags of one key, by tag key.
package struct ListResourceTags: Operation {
    package static let name: StaticString = "ListResourceTags"
    package static let rateClass: RateClass = .tagListing

    let key: KeyReference

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ListResourceTags {
        ListResourceTags(key: try parameters.keyReference())
    }

    package struct Answer: Response {
        let key: KeyID
        let tags: [Tag]

        package func write(to fields: inout some FieldWriter) {
            fields.list("Tags", of: "Tag", tags) { fields, tag in
                fields.id("KeyId", key.uuid)
                fields.text("TagKey", tag.key)
                fields.text("TagValue", tag.value)
            }
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let key = try await service.key(self.key, for: Self.self, call)
        let tags = try await service.reading { () async throws(StoreError) in
            try await service.store.tags(of: key.id, in: key.namespace)
        }
        return Answer(key: key.id, tags: tags)
    }
}
