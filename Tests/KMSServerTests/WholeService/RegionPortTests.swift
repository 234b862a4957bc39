import KMSCore
import KMSTestKit
import Testing

@testable import KMSServer

@Suite("Two regions of one server, each with a port", .timeLimit(.minutes(5)))
struct RegionPortTests {
    private static let arrangement = Arrangement(
        regions: ["cn-hangzhou", "cn-beijing", "my-region"],
        regionPorts: ["cn-beijing"]
    )

    private func code(
        _ action: String,
        _ own: KeyValuePairs<String, String>,
        by client: SigningClient
    ) async throws -> JSON? {
        let answer = try await client.call(action, own)
        return answer.status == 200 ? nil : try answer.json()["Code"]
    }

    @Test("keys of one region are unknown in the other, by id, by ARN and by what they encrypted")
    func separateKeys() async throws {
        try await withWholeService(try DataFolder(), as: Self.arrangement) { _, hangzhou in
            let beijing = try hangzhou.atRegionPort()
            let account = User.alice.account
            let places = [(hangzhou, "cn-hangzhou", beijing), (beijing, "cn-beijing", hangzhou)]
            for (here, region, there) in places {
                let key = try await here.createKey()
                let arn = "acs:kms:\(region):\(account):key/\(key)"
                #expect(try await code("DescribeKey", ["KeyId": arn], by: here) == nil)
                let elsewhere = region == "cn-beijing" ? "cn-hangzhou" : "cn-beijing"
                for name in [key, arn, "acs:kms:\(elsewhere):\(account):key/\(key)"] {
                    #expect(try await code("DescribeKey", ["KeyId": name], by: there) == .text("Forbidden.KeyNotFound"))
                    let disabled = try await code("DisableKey", ["KeyId": name], by: there)
                    #expect(disabled == .text("Forbidden.KeyNotFound"))
                }
                let blob = try await here.text("CiphertextBlob", of: "Encrypt", ["KeyId": key, "Plaintext": "x"])
                #expect(
                    try await code("Decrypt", ["CiphertextBlob": blob], by: there) == .text("Forbidden.KeyNotFound")
                )
                #expect(try await here.text("Plaintext", of: "Decrypt", ["CiphertextBlob": blob]) == "x")
            }
            for client in [hangzhou, beijing] {
                #expect(try await client.call("ListKeys").json()["TotalCount"] == .number(1))
            }
        }
    }

    @Test("the same alias names a key of its own in each region")
    func aliases() async throws {
        try await withWholeService(try DataFolder(), as: Self.arrangement) { _, hangzhou in
            let beijing = try hangzhou.atRegionPort()
            var keys: [String] = []
            for client in [hangzhou, beijing] {
                let key = try await client.createKey()
                #expect(try await code("CreateAlias", ["KeyId": key, "AliasName": "alias/one"], by: client) == nil)
                keys.append(key)
            }
            for (client, key) in zip([hangzhou, beijing], keys) {
                #expect(try await client.text("KeyId", of: "Encrypt", ["KeyId": "alias/one", "Plaintext": "x"]) == key)
            }
            #expect(try await code("DeleteAlias", ["AliasName": "alias/one"], by: beijing) == nil)
            #expect(
                try await hangzhou.text("KeyId", of: "Encrypt", ["KeyId": "alias/one", "Plaintext": "x"]) == keys[0]
            )
        }
    }

    @Test(
        "at a region's port a signed RegionId that differs is refused, under both signatures; elsewhere it says nothing"
    )
    func regionID() async throws {
        try await withWholeService(try DataFolder(), as: Self.arrangement) { _, client in
            for scheme in SigningClient.Scheme.allCases {
                let hangzhou = client.with(scheme)
                let beijing = try hangzhou.atRegionPort()
                for region in ["cn-hangzhou", "my-region", "cn-Beijing"] {
                    let found = try await code("DescribeRegions", ["RegionId": region], by: beijing)
                    #expect(found == .text("InvalidParameter"))
                    #expect(try await code("DescribeRegions", ["RegionId": region], by: hangzhou) == nil)
                }
                #expect(try await code("DescribeRegions", ["RegionId": "cn-beijing"], by: beijing) == nil)
            }
        }
    }

    @Test("DescribeRegions lists the configured regions, in their order, at every port")
    func listed() async throws {
        try await withWholeService(try DataFolder(), as: Self.arrangement) { _, hangzhou in
            let expected = JSON.array(
                ["cn-hangzhou", "cn-beijing", "my-region"].map { .object(["RegionId": .text($0)]) }
            )
            for client in [hangzhou, try hangzhou.atRegionPort()] {
                #expect(try await client.call("DescribeRegions").json()["Regions"]?["Region"] == expected)
            }
        }
    }

    @Test("each region has a rate of its own; the answer beyond it says in milliseconds when to come again")
    func rates() async throws {
        var arrangement = Self.arrangement
        arrangement.rates = RateLimits([.keyCreation: 2])
        try await withWholeService(try DataFolder(), as: arrangement, users: [.alice, .bob]) { _, hangzhou in
            for client in [hangzhou, try hangzhou.atRegionPort(), hangzhou.with(.bob)] {
                for _ in 0..<2 { _ = try await client.createKey() }
                let answer = try await client.call("CreateKey")
                let body = try answer.json()
                #expect(answer.status == 429 && answer.header("x-acs-retry-after") == "500")
                #expect(body["Code"] == .text("Rejected.Throttling") && body["Message"] == .text("QPS Limit Exceeded"))
            }
            hangzhou.clock.advance(microseconds: 500_000)
            _ = try await hangzhou.createKey()
        }
    }
}
