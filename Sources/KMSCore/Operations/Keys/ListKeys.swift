/// Lists the keys of the account in the region, in the order of their creation.
package struct ListKeys: Operation {
    package static let name: StaticString = "ListKeys"
    package static let rateClass: RateClass = .read

    let page: Page
    let filter: KeyFilter

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ListKeys {
        ListKeys(page: try parameters.page(), filter: try parameters.keyFilter("Filters"))
    }

    package struct Answer: Response {
        let listing: Listing<KeyID>
        let page: Page
        let namespace: Namespace

        package func write(to fields: inout some FieldWriter) {
            fields.list("Keys", of: "Key", listing.rows) { fields, id in
                fields.id("KeyId", id.uuid)
                fields.text("KeyArn", ResourceName.key(id, in: namespace).description)
            }
            fields.page(page, of: listing.totalCount)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        try service.permit(Self.name, on: [.keyContainer(of: call.namespace)], call)
        let listing = try await service.reading { () async throws(StoreError) in
            try await service.store.keys(in: call.namespace, matching: filter, at: call.arrival, page: page)
        }
        return Answer(listing: listing, page: page, namespace: call.namespace)
    }
}

extension FieldWriter {
    /// What every numbered listing says of its page.
    mutating func page(_ page: Page, of totalCount: Int) {
        number("TotalCount", totalCount)
        number("PageNumber", page.number)
        number("PageSize", page.size)
    }
}
