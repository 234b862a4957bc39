internal import Configuration
internal import KMSCore

/// How much an account may have and ask for in a region: the settings under `quota`.
struct QuotaSettings: Sendable {
    var rates = RateLimits()

    static let names =
        RateClass.allCases.map { "quota.rate.\($0.rawValue)" } + [
            "quota.rate.profile", "quota.rate.burst", "quota.rate.accounts",
        ]

    private static let everyRate = 0...1_000_000

    init() {}

    init(_ reader: ConfigReader) throws(StartupError) {
        switch reader.string(forKey: "quota.rate.profile") {
        case nil: break
        case "alibaba": rates.rates = RateLimits.alibaba
        case let other?: throw StartupError("quota.rate.profile can only be alibaba, not \(other).")
        }
        for rateClass in RateClass.allCases {
            guard let rate = try reader.number("quota.rate.\(rateClass.rawValue)", in: Self.everyRate) else { continue }
            rates.rates[rateClass] = rate
        }
        rates.burst = try reader.number("quota.rate.burst", in: 1...3_600) ?? rates.burst
        for (subject, rate) in try reader.pairs("quota.rate.accounts") {
            let parts = subject.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let account = AccountID(String(parts[0])),
                let rateClass = RateClass(rawValue: String(parts[1]))
            else {
                let words = RateClass.allCases.map(\.rawValue).joined(separator: ", ")
                throw StartupError("quota.rate.accounts: \(subject) is no account/class; classes are \(words).")
            }
            let number = try ConfigReader.number(rate, "quota.rate.accounts", in: Self.everyRate)
            rates.ofAccounts[account, default: [:]][rateClass] = number
        }
    }
}
