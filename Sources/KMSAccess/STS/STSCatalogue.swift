package import KMSCore

extension Catalogue {
    /// The operations of STS 2015-04-01 (spec 13).
    package static func sts(_ service: AccessService) -> Catalogue {
        Catalogue(
            version: "2015-04-01",
            [Entry(AssumeRole.self, in: service), Entry(GetCallerIdentity.self, in: service)]
        )
    }
}
