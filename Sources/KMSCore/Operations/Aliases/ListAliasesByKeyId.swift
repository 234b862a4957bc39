/// Lists the aliases of one key (manual 3.5), in the order of their creation.
package struct ListAliasesByKeyId: Operation {
    package static let name: StaticString = "ListAliasesByKeyId"
    package static let rateClass: RateClass = .read

    let key: KeyReference
    let page: Page

    package static func reading(_ parameters: inout ParameterReader) throws(KMSError) -> ListAliasesByKeyId {
        ListAliasesByKeyId(key: try parameters.keyReference(), page: try parameters.page())
    }

    package typealias Answer = ListAliases.Answer

    package consuming func run(_ call: Call, in service: KeyService) async throws(KMSError) -> Answer {
        let key = try await service.key(self.key, for: Self.self, call)
        let listing = try await service.reading { () async throws(StoreError) in
            try await service.store.aliases(in: key.namespace, of: key.id, at: call.arrival, page: page)
        }
        return Answer(listing: listing, page: page)
    }
}
