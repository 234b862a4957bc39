/// Lists tags of many keys, 200 rows a page: of the keys named, or of all that carry the tags sought.
package struct ListTagResources: Operation {
    package static let name: StaticString = "ListTagResources"
    package static let rateClass: RateClass = .read

    let resources: ResourceList
    let sought: [(key: String, value: String?)]
    let after: (key: KeyID, tagKey: String)?

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ListTagResources {
        ListTagResources(
            resources: try ResourceList.reading(&parameters),
            sought: try parameters.soughtTags(),
            after: try Self.position(parameters.optionalText("NextToken"))
        )
    }

    package struct Answer: Response {
        let rows: [KeyTag]
        let nextToken: String

        package func write(to fields: inout some FieldWriter) {
            fields.list("TagResources", of: "TagResource", rows) { fields, row in
                fields.id("ResourceId", row.keyID.uuid)
                fields.text("ResourceType", "key")
                fields.text("TagKey", row.tag.key)
                fields.text("TagValue", row.tag.value)
            }
            fields.text("NextToken", nextToken)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        var keys: [KeyID]?
        if resources.keys.isEmpty {
            try service.permit(Self.name, on: [.keyContainer(of: call.namespace)], call)
        } else {
            keys = try await resources.resolved(for: Self.self, call, in: service).map(\.id)
        }
        let limit = Limits.tagResourcesPage
        let query = TagQuery(keys: keys, carrying: sought, after: after, limit: limit + 1)
        let rows = try await service.reading { () async throws(StoreError) in
            try await service.store.tags(matching: query, in: call.namespace, at: call.arrival)
        }
        let page = Array(rows.prefix(limit))
        let nextToken = rows.count > limit ? page.last.map { "\($0.keyID)/\($0.tag.key)" } : nil
        return Answer(rows: page, nextToken: nextToken ?? "")
    }

    /// A token names the last row that was answered.
    private static func position(_ token: String?) throws(KMSError) -> (key: KeyID, tagKey: String)? {
        guard let token else { return nil }
        guard let uuid = UUIDBytes(text: token.utf8.prefix(36)), token.utf8.dropFirst(36).first == UInt8(ascii: "/"),
            let tagKey = String(token.utf8.dropFirst(37)), Tag.permitsKey(tagKey)
        else { throw .invalid("NextToken", "Pass the NextToken of the previous page.") }
        return (KeyID(uuid), tagKey)
    }
}
