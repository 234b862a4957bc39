import KMSCore
import Testing

@testable import KMSServer

@Suite struct RegionsTests {
    private let hangzhou = RegionID("cn-hangzhou")!
    private let beijing = RegionID("cn-beijing")!
    private let local = RegionID("local-1")!

    private var regions: Regions {
        Regions(default: hangzhou, served: [beijing, local], hosts: ["keys.example.com": beijing])
    }

    @Test(
        "host names that name a served region",
        arguments: [
            "kms.cn-beijing.aliyuncs.com", "kms-vpc.cn-beijing.aliyuncs.com:443", "KMS.CN-Beijing.localhost:8080",
            "kms.cn-beijing.aliyuncs.com.", "keys.example.com:99",
        ]
    )
    func named(_ host: String) throws {
        let found = try regions.region(ofHost: host, listener: nil)
        #expect(found.region == beijing && found.isNamed)
    }

    @Test(
        "addresses and other names mean the default region",
        arguments: [
            "127.0.0.1:8080", "[::1]:8080", "localhost", "kms.example.com", "kms.my-company.com", "kms.localhost",
            "kms", "", ":80", "cn-beijing.kms.example.com", "kms.cn-beijing",
        ]
    )
    func unnamed(_ host: String) throws {
        let found = try regions.region(ofHost: host, listener: nil)
        #expect(found.region == hangzhou && !found.isNamed)
    }

    @Test(
        "a host that names a region that is not served is refused",
        arguments: [
            "kms.cn-qingdao.aliyuncs.com", "kms.us-east-1.example.com", "kms-vpc.local-2.test", "kms.xy.aliyuncs.com",
        ]
    )
    func unlisted(_ host: String) {
        let error = #expect(throws: KMSError.self) { try regions.region(ofHost: host, listener: nil) }
        #expect(error?.message.contains("cn-hangzhou") == true)
    }

    @Test("the port names a region where the host does not, and must agree where it does")
    func port() throws {
        let found = try regions.region(ofHost: "127.0.0.1", listener: beijing)
        #expect(found.region == beijing && found.isNamed)
        #expect(throws: KMSError.self) {
            try regions.region(ofHost: "kms.cn-hangzhou.aliyuncs.com", listener: beijing)
        }
        #expect(try regions.region(ofHost: nil, listener: nil).region == hangzhou)
    }
}
