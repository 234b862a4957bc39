package import KMSCore

extension Catalogue {
    /// The operations of RAM 2015-05-01 (spec 13).
    package static func ram(_ service: AccessService) -> Catalogue {
        Catalogue(
            version: "2015-05-01",
            [
                // Users
                Entry(CreateUser.self, in: service)
            ]
        )
    }
}
