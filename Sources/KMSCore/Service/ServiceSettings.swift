/// What an operator decides about the service as a whole.
package struct ServiceSettings: Sendable {
    /// The regions that this server answers for, in the order in which DescribeRegions lists them.
    package let regions: [RegionID]
    /// The HSMs that regions have; a region that is absent has none.
    package let hsms: [RegionID: ManagedHSM]
    /// The longest PendingWindowInDays; 30 by the manual, 366 at most.
    package let longestPendingWindow: Int
    /// Seconds from the end of a key's window to the destruction of its bytes.
    package let destructionGrace: Int64
    /// Seconds from the newest version of an asymmetric key to the next that may be made; 0 for no wait.
    package let versionInterval: Int64
    /// How many requests per second are served; no limits unless set.
    package let rates: RateLimits
    /// How much an account may have in a region.
    package let quotas: Quotas

    package init(
        regions: [RegionID],
        hsms: [RegionID: ManagedHSM] = ManagedHSM.documented,
        longestPendingWindow: Int = 30,
        destructionGrace: Int64 = 86_400,
        versionInterval: Int64 = Limits.versionInterval,
        rates: RateLimits = RateLimits(),
        quotas: Quotas = Quotas()
    ) {
        self.regions = regions
        self.hsms = hsms
        self.longestPendingWindow = longestPendingWindow
        self.destructionGrace = destructionGrace
        self.versionInterval = versionInterval
        self.rates = rates
        self.quotas = quotas
    }

    /// Whether keys of `spec` may live in an HSM of the region.
    package func allowsHSM(in region: RegionID, for spec: KeySpec) -> Bool { hsms[region]?.supports(spec) ?? false }
}
