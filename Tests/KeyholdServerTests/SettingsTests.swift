import Configuration
import KMSCore
import Testing

@testable import keyhold_server

@Suite("The settings of a server")
struct SettingsTests {
    /// The settings that these flags give, beside a port to listen on.
    static func settings(_ flags: String...) throws -> Settings {
        let arguments = ["keyhold-server", "--https-port", "8443"] + flags
        return try Settings(ConfigReader(provider: CommandLineArgumentsProvider(arguments: arguments)))
    }

    /// What an operator is told who starts the server with these flags.
    static func refusal(_ flags: String...) -> String? {
        do {
            let arguments = ["keyhold-server", "--https-port", "8443"] + flags
            _ = try Settings(ConfigReader(provider: CommandLineArgumentsProvider(arguments: arguments)))
            return nil
        } catch { return "\(error)" }
    }

    @Test("nothing is limited where nothing is said")
    func unlimited() throws {
        let rates = try Self.settings().quotas.rates
        #expect(rates.rates.isEmpty && rates.ofAccounts.isEmpty && rates.burst == 1)
    }

    @Test("a profile sets every class at once, and single rates win over it")
    func rates() throws {
        let rates = try Self.settings("--quota-rate-profile", "alibaba", "--quota-rate-symmetric=2000").quotas.rates
        #expect(
            rates.rates == [
                .keyCreation: 10, .symmetric: 2_000, .asymmetric: 200, .read: 20, .write: 10, .tagListing: 300,
                .account: 1,
            ]
        )
        let single = try Self.settings("--quota-rate-create", "7", "--quota-rate-burst", "3").quotas.rates
        #expect(single.rates == [.keyCreation: 7] && single.burst == 3)
    }

    @Test("single accounts can have rates of their own")
    func ratesOfAccounts() throws {
        let list = "1000000000000001/symmetric=5000,1000000000000001/read=0,2/tags=1"
        let rates = try Self.settings("--quota-rate-accounts", list).quotas.rates
        let (first, second) = (try #require(AccountID("1000000000000001")), try #require(AccountID("2")))
        #expect(rates.ofAccounts == [first: [.symmetric: 5_000, .read: 0], second: [.tagListing: 1]])
    }

    @Test(
        "what makes no sense is refused and named",
        arguments: [
            ("--quota-rate-profile", "amazon"), ("--quota-rate-read", "-1"), ("--quota-rate-read", "many"),
            ("--quota-rate-read", "1000001"), ("--quota-rate-burst", "0"), ("--quota-rate-accounts", "x/read=1"),
            ("--quota-rate-accounts", "1/reads=1"), ("--quota-rate-accounts", "1/read"),
            ("--quota-rate-accounts", "1=2"), ("--quota-rate-accounts", "1/read=x"),
        ]
    )
    func senseless(_ flag: String, _ value: String) {
        let name = flag.dropFirst(2).split(separator: "-").joined(separator: ".")
        #expect(Self.refusal(flag, value)?.contains(name) == true)
    }
}
