internal import Configuration
internal import KMSCore

/// How much an account may have and ask for in a region: the settings under `quota`.
struct QuotaSettings: Sendable {
    var rates = RateLimits()
    var quotas = Quotas()

    static let names =
        RateClass.allCases.map { "quota.rate.\($0.rawValue)" } + [
            "quota.rate.profile", "quota.rate.burst", "quota.rate.accounts", "quota.profile", "quota.keys",
            "quota.aliases", "quota.versions", "quota.key.versions", "quota.resource.tags",
        ]

    private static let everyRate = 0...1_000_000
    private static let everyCount = 1...1_000_000_000

    init() {}

    init(_ reader: ConfigReader) throws(StartupError) {
        if try Self.isAlibaba("quota.rate.profile", reader) { rates.rates = RateLimits.alibaba }
        try readRates(reader)
        if try Self.isAlibaba("quota.profile", reader) { quotas = .alibaba }
        quotas.keys = try reader.number("quota.keys", in: Self.everyCount) ?? quotas.keys
        quotas.aliases = try reader.number("quota.aliases", in: Self.everyCount) ?? quotas.aliases
        quotas.versions = try reader.number("quota.versions", in: Self.everyCount) ?? quotas.versions
        quotas.versionsPerAsymmetricKey =
            try reader.number("quota.key.versions", in: 1...100_000) ?? quotas.versionsPerAsymmetricKey
        quotas.tagsPerResource = try reader.number("quota.resource.tags", in: 1...1_000) ?? quotas.tagsPerResource
    }

    private static func isAlibaba(_ name: String, _ reader: ConfigReader) throws(StartupError) -> Bool {
        guard let profile = reader.string(forKey: ConfigKey(stringLiteral: name)) else { return false }
        guard profile == "alibaba" else { throw StartupError("\(name) can only be alibaba, not \(profile).") }
        return true
    }

    private mutating func readRates(_ reader: ConfigReader) throws(StartupError) {
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
