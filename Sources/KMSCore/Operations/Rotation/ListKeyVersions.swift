/// Lists the versions of a key, oldest first.
package struct ListKeyVersions: Operation {
    package static let name: StaticString = "ListKeyVersions"
    package static let rateClass: RateClass = .read
    package static let demands = KeyDemands(.all, acceptsAlias: true)

    let key: KeyReference
    let page: Page

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ListKeyVersions {
        ListKeyVersions(key: try parameters.keyReference(), page: try parameters.page())
    }

    package struct Answer: Response {
        let listing: Listing<KeyVersionSummary>
        let page: Page

        package func write(to fields: inout some FieldWriter) {
            fields.list("KeyVersions", of: "KeyVersion", listing.rows) { fields, version in
                version.write(to: &fields)
            }
            fields.page(page, of: listing.totalCount)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let key = try await service.key(self.key, for: Self.self, call)
        let listing = try await service.reading { () async throws(StoreError) in
            try await service.store.versions(of: key.id, in: key.namespace, page: page)
        }
        return Answer(listing: listing, page: page)
    }
}

extension KeyVersionSummary {
    func write(to fields: inout some FieldWriter) {
        fields.id("KeyId", key.uuid)
        fields.id("KeyVersionId", id.uuid)
        fields.date("CreationDate", createdAt)
    }
}
