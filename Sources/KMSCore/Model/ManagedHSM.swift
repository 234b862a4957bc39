/// Which HSMs the public service has in a region (manual 6.1, "Supported regions"): what keys a region may have.
package enum ManagedHSM: Sendable, Equatable {
    /// Certified in mainland China; these alone have SM2 and SM4.
    case chinese
    /// Validated by FIPS 140-2.
    case fips

    /// Whether keys of `spec` may live in such an HSM.
    package func supports(_ spec: KeySpec) -> Bool { self == .chinese || !spec.needsHSM }

    /// The regions that have one.
    package static let regions: [(region: String, hsm: ManagedHSM)] = [
        ("cn-beijing", .chinese), ("cn-zhangjiakou", .chinese), ("cn-hangzhou", .chinese), ("cn-shanghai", .chinese),
        ("cn-shenzhen", .chinese), ("cn-hongkong", .fips), ("ap-southeast-1", .fips), ("ap-southeast-2", .fips),
        ("ap-southeast-3", .fips), ("ap-southeast-5", .fips), ("us-east-1", .fips),
    ]

    /// The HSM of a region, or nil where it has none.
    package init?(in region: RegionID) {
        guard let known = Self.regions.first(where: { $0.region == region.description }) else { return nil }
        self = known.hsm
    }

    /// The ids of the regions in which keys of `spec` may live in an HSM.
    package static func regions(for spec: KeySpec) -> [String] {
        regions.filter { $0.hsm.supports(spec) }.map(\.region)
    }
}
