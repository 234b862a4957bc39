/// The kinds of operations whose requests are counted together, for each account in each region (spec 11).
///
/// The raw value is the word of the setting `quota.rate.<word>`.
package enum RateClass: String, CaseIterable, Sendable {
    /// CreateKey alone.
    case keyCreation = "create"
    /// Encryption, decryption and data keys of symmetric keys.
    case symmetric
    /// What is done with a key pair, a certificate's too.
    case asymmetric
    case read
    /// Everything else that changes something.
    case write
    /// ListResourceTags alone.
    case tagListing = "tags"
    /// OpenKmsService and DescribeAccountKmsStatus.
    case account
    /// The operations of RAM and STS.
    case access
}

/// How many requests per second are served; nothing is limited unless an operator says so.
package struct RateLimits: Sendable {
    /// Requests per second of a class, for one account in one region; a class that is absent, or 0, is not limited.
    package var rates: [RateClass: Int]
    /// What holds for single accounts instead. A class that is absent here has the rate of all.
    package var ofAccounts: [AccountID: [RateClass: Int]]
    /// Seconds' worth of requests that may come at once.
    package var burst: Int

    package init(
        _ rates: [RateClass: Int] = [:],
        ofAccounts: [AccountID: [RateClass: Int]] = [:],
        burst: Int = 1
    ) {
        self.rates = rates
        self.ofAccounts = ofAccounts
        self.burst = burst
    }

    /// The figures that Alibaba Cloud documented in 2021, and for the two classes that it did not name then, those of
    /// 2023 (spec 11). They name none for RAM and STS.
    package static let alibaba: [RateClass: Int] = [
        .keyCreation: 10, .symmetric: 750, .asymmetric: 200, .read: 20, .write: 10, .tagListing: 300, .account: 1,
    ]

    /// The rate that holds for an account, or nil for none.
    func rate(of rateClass: RateClass, for account: AccountID) -> Int? {
        let own = ofAccounts.isEmpty ? nil : ofAccounts[account]?[rateClass]
        guard let rate = own ?? rates[rateClass], rate > 0 else { return nil }
        return rate
    }
}
