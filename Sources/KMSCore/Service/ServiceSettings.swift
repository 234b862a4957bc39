/// What an operator decides about the service as a whole.
package struct ServiceSettings: Sendable {
    /// The regions that this server answers for, in the order in which DescribeRegions lists them.
    package let regions: [RegionID]
    /// The longest PendingWindowInDays; 30 by the manual, 366 at most.
    package let longestPendingWindow: Int
    /// Seconds from the end of a key's window to the destruction of its bytes.
    package let destructionGrace: Int64
    /// Seconds from the newest version of an asymmetric key to the next that may be made; 0 for no wait.
    package let versionInterval: Int64
    /// How many requests per second are served; no limits unless set.
    package let rates: RateLimits

    package init(
        regions: [RegionID],
        longestPendingWindow: Int = 30,
        destructionGrace: Int64 = 86_400,
        versionInterval: Int64 = Limits.versionInterval,
        rates: RateLimits = RateLimits()
    ) {
        self.regions = regions
        self.longestPendingWindow = longestPendingWindow
        self.destructionGrace = destructionGrace
        self.versionInterval = versionInterval
        self.rates = rates
    }
}
