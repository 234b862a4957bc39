/// The kind of HSM that a region has (manual 6.1, "Supported regions"): what keys it may have.
package enum ManagedHSM: Sendable, Equatable {
    /// Certified in mainland China; these alone have SM2 and SM4.
    case chinese
    /// Validated by FIPS 140-2.
    case fips

    /// Whether keys of `spec` may live in such an HSM.
    package func supports(_ spec: KeySpec) -> Bool { self == .chinese || !spec.needsHSM }

    /// The regions of the public service that have one.
    package static let documented: [RegionID: ManagedHSM] = {
        let names: [(ManagedHSM, [String])] = [
            (.chinese, ["cn-beijing", "cn-zhangjiakou", "cn-hangzhou", "cn-shanghai", "cn-shenzhen"]),
            (
                .fips,
                ["cn-hongkong", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "us-east-1"]
            ),
        ]
        let pairs = names.flatMap { hsm, names in names.compactMap { RegionID($0) }.map { ($0, hsm) } }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()
}
