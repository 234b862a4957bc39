import Configuration
import KMSCore
import SystemPackage
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

    @Test("quotas are unlimited but for versions of a key and tags, and a profile sets the rest")
    func quotas() throws {
        #expect(try Self.settings().quotas.quotas == Quotas())
        #expect(try Self.settings("--quota-profile=alibaba").quotas.quotas == .alibaba)
        let mixed = try Self.settings(
            "--quota-profile=alibaba",
            "--quota-keys=5000",
            "--quota-key-versions=60",
            "--quota-resource-tags=10"
        )
        #expect(
            mixed.quotas.quotas
                == Quotas(
                    keys: 5_000,
                    aliases: 300,
                    versions: 10_000,
                    versionsPerAsymmetricKey: 60,
                    tagsPerResource: 10
                )
        )
    }

    @Test("regions have ports and host names, and what they name is served")
    func regions() throws {
        let served = try ServedRegions(
            Self.settings(
                "--region-ports=cn-beijing=8001,my-region=8002",
                "--region-hosts=KMS.example.com=cn-shanghai,kms2.example.com=other-1"
            )
        )
        let (beijing, mine, other) = (RegionID("cn-beijing")!, RegionID("my-region")!, RegionID("other-1")!)
        #expect(served.ports.map(\.region) == [beijing, mine] && served.ports.map(\.number) == [8_001, 8_002])
        #expect(served.hosts == ["kms.example.com": RegionID("cn-shanghai")!, "kms2.example.com": other])
        #expect(served.default.description == "cn-hangzhou" && served.all.count == 28)
        #expect(served.all.suffix(2) == [mine, other])
        let listed = try ServedRegions(
            Self.settings("--region-list=a-1,b-1", "--region-default=b-1", "--region-ports=a-1=0")
        )
        #expect(listed.all.map(\.description) == ["a-1", "b-1"])
    }

    @Test("trusted proxies are addresses and blocks of them")
    func proxies() throws {
        #expect(try Self.settings("--proxy-trusted=10.0.0.0/8,::1,192.0.2.9").addressBlocks().count == 3)
        #expect(try Self.settings().addressBlocks().isEmpty)
        for text in ["10.0.0.0/33", "example.com", "10.0.0", "/8"] {
            #expect(Self.refusal("--proxy-trusted", text)?.contains("proxy.trusted: \(text)") == true)
        }
    }

    @Test("a region's HSM is the manual's unless it is set")
    func hsms() throws {
        #expect(try ServedRegions(Self.settings()).hsms == ManagedHSM.documented)
        let hsms = try ServedRegions(
            Self.settings(
                "--region-ports=my-region=1,your-region=2",
                "--region-hsm=my-region=FIPS,your-region=China,cn-hangzhou=none"
            )
        ).hsms
        #expect(hsms[RegionID("my-region")!] == .fips && hsms[RegionID("your-region")!] == .chinese)
        #expect(hsms[RegionID("cn-hangzhou")!] == nil && hsms[RegionID("cn-beijing")!] == .chinese)
    }

    @Test(
        "regions that make no sense are refused and named",
        arguments: [
            ["--region-ports=cn-beijing"], ["--region-ports=cn-beijing=x"], ["--region-ports=cn-beijing=65536"],
            ["--region-ports=Beijing=80"], ["--region-ports=a-1=80,b-1=80"],
            ["--region-hosts=a/b=cn-beijing"], ["--region-hosts=::1=cn-beijing"],
            ["--region-hosts=a.test=cn-beijing,A.test=cn-shanghai"], ["--region-hsm=cn-beijing=soft"],
            ["--region-hsm=mars=FIPS"], ["--region-list=a-1", "--region-ports=cn-beijing=80"],
            ["--region-list=a-1", "--region-hosts=a.test=b-1"], ["--region-default=!"],
        ]
    )
    func senselessRegions(_ flags: [String]) {
        let arguments = ["keyhold-server", "--https-port", "8443"] + flags
        #expect(throws: StartupError.self) {
            try ServedRegions(Settings(ConfigReader(provider: CommandLineArgumentsProvider(arguments: arguments))))
        }
    }

    @Test("dev.env has the endpoint of every region with a port of its own")
    func regionEndpoints() {
        var environment = DevEnvironment(
            authority: "/ca.pem",
            accessKeyID: "id",
            accessKeySecret: "secret",
            accountID: "1",
            region: "cn-hangzhou"
        )
        environment.endpoint = "127.0.0.1:1"
        environment.regionEndpoints = [("cn-beijing", "127.0.0.1:2"), ("my-region-1", "[::1]:3")]
        #expect(environment.file.contains("KEYHOLD_ENDPOINT=127.0.0.1:1\n"))
        #expect(environment.file.contains("KEYHOLD_ENDPOINT_CN_BEIJING=127.0.0.1:2\n"))
        #expect(environment.file.contains("KEYHOLD_ENDPOINT_MY_REGION_1=[::1]:3\n"))
    }

    @Test(
        "what makes no sense is refused and named",
        arguments: [
            ("--quota-rate-profile", "amazon"), ("--quota-rate-read", "-1"), ("--quota-rate-read", "many"),
            ("--quota-rate-read", "1000001"), ("--quota-rate-burst", "0"), ("--quota-rate-accounts", "x/read=1"),
            ("--quota-rate-accounts", "1/reads=1"), ("--quota-rate-accounts", "1/read"),
            ("--quota-rate-accounts", "1=2"), ("--quota-rate-accounts", "1/read=x"), ("--quota-profile", "x"),
            ("--quota-keys", "0"), ("--quota-key-versions", "0"), ("--quota-resource-tags", "1001"),
        ]
    )
    func senseless(_ flag: String, _ value: String) {
        let name = flag.dropFirst(2).split(separator: "-").joined(separator: ".")
        #expect(Self.refusal(flag, value)?.contains(name) == true)
    }
}
