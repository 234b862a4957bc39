/// Lists the aliases of the account in the region (manual 3.4), in the order of their creation.
package struct ListAliases: Operation {
    package static let name: StaticString = "ListAliases"
    package static let rateClass: RateClass = .read

    let page: Page

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ListAliases {
        ListAliases(page: try parameters.page())
    }

    package struct Answer: Response {
        let listing: Listing<Alias>
        let page: Page

        package func write(to fields: inout some FieldWriter) {
            fields.list("Aliases", of: "Alias", listing.rows) { fields, alias in
                fields.id("KeyId", alias.key.uuid)
                fields.text("AliasName", alias.name.description)
                fields.text("AliasArn", ResourceName.alias(alias.name, in: alias.namespace).description)
            }
            fields.page(page, of: listing.totalCount)
        }
    }

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        try service.permit(Self.name, on: [.aliasContainer(of: call.namespace)], call)
        let listing = try await service.reading { () async throws(StoreError) in
            try await service.store.aliases(in: call.namespace, of: nil, at: call.arrival, page: page)
        }
        return Answer(listing: listing, page: page)
    }
}
