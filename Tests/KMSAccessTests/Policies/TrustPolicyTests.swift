import KMSCore
import Testing

@testable import KMSAccess

struct TrustPolicyTests {
    private let account: AccountID
    private let other: AccountID
    private let alice: UserName
    private let deploy: RoleName
    private let ecs: ServiceCode

    init() throws {
        account = try #require(AccountID("123456"))
        other = try #require(AccountID("654321"))
        alice = try #require(UserName("alice"))
        deploy = try #require(RoleName("deploy"))
        ecs = try #require(ServiceCode("ECS"))
    }

    /// A statement as JSON.
    private static func trusting(
        _ principal: String,
        effect: String = "Allow",
        action: String = "\"sts:AssumeRole\"",
        if condition: String? = nil
    ) -> String {
        let condition = condition.map { ",\"Condition\":\($0)" } ?? ""
        return "{\"Effect\":\"\(effect)\",\"Action\":\(action),\"Principal\":\(principal)\(condition)}"
    }

    private func trusts(_ policy: TrustPolicy, _ assumer: RoleAssumer, externalID: String? = nil) -> Bool {
        policy.decide(assumer, .asking(externalID: externalID)).isAllowed
    }

    @Test("an account stands for itself, its users and its roles, and for nobody else's")
    func wholeAccount() throws {
        let policy = try TrustPolicy(document(Self.trusting("{\"RAM\":\"acs:ram::123456:root\"}")))
        #expect(trusts(policy, .root(account)))
        #expect(trusts(policy, .user(account, alice)))
        #expect(trusts(policy, .role(account, deploy)))
        #expect(!trusts(policy, .root(other)))
        #expect(!trusts(policy, .user(other, alice)))
        #expect(!trusts(policy, .service(ecs)))
    }

    @Test("a user is that user, a role that role, a service that service")
    func names() throws {
        let policy = try TrustPolicy(
            document(
                Self.trusting("{\"RAM\":[\"acs:ram::123456:user/alice\",\"acs:ram::123456:role/deploy\"]}"),
                Self.trusting("{\"Service\":[\"ecs.aliyuncs.com\"]}")
            )
        )
        let first = StatementName(policy: "trust policy", version: "v1", index: 1)
        #expect(policy.decide(.user(account, alice), .asking()) == .allowed(by: first))
        #expect(trusts(policy, .role(account, deploy)))
        #expect(trusts(policy, .service(ecs)))
        let strangers: [RoleAssumer] = [
            .root(account), .user(account, try #require(UserName("Alice"))), .user(other, alice),
            .user(account, try #require(UserName("deploy"))), .role(account, try #require(RoleName("alice"))),
            .role(other, deploy), .service(try #require(ServiceCode("OSS"))), .service(try #require(ServiceCode("EC"))),
        ]
        for stranger in strangers {
            #expect(policy.decide(stranger, .asking()) == .notAllowed, "\(stranger)")
        }
    }

    @Test("a denial wins")
    func denial() throws {
        let policy = try TrustPolicy(
            document(
                Self.trusting("{\"RAM\":\"acs:ram::123456:root\"}"),
                Self.trusting("{\"RAM\":\"acs:ram::123456:user/mallory\"}", effect: "Deny")
            )
        )
        #expect(trusts(policy, .user(account, alice)))
        let second = StatementName(policy: "trust policy", version: "v1", index: 2)
        #expect(policy.decide(.user(account, try #require(UserName("mallory"))), .asking()) == .denied(by: second))
    }

    @Test("an external id must be the very one that is asked for")
    func externalID() throws {
        let condition = "{\"StringEquals\":{\"sts:ExternalId\":[\"customer-1\",\"caf\u{E9}\"]}}"
        let policy = try TrustPolicy(document(Self.trusting("{\"RAM\":\"acs:ram::654321:root\"}", if: condition)))
        #expect(trusts(policy, .root(other), externalID: "customer-1"))
        #expect(trusts(policy, .root(other), externalID: "caf\u{E9}"))
        #expect(!trusts(policy, .root(other), externalID: "cafe\u{301}"))
        #expect(!trusts(policy, .root(other), externalID: "Customer-1"))
        #expect(!trusts(policy, .root(other), externalID: ""))
        #expect(!trusts(policy, .root(other)))
        #expect(!trusts(policy, .root(account), externalID: "customer-1"))
    }

    @Test("other conditions work as in other policies")
    func conditions() throws {
        let condition = "{\"NotIpAddress\":{\"acs:SourceIp\":\"192.0.2.0/24\"},\"Bool\":{\"acs:SecureTransport\":true}}"
        let policy = try TrustPolicy(document(Self.trusting("{\"RAM\":\"acs:ram::123456:root\"}", if: condition)))
        #expect(policy.decide(.root(account), .asking(from: "198.51.100.1")).isAllowed)
        #expect(!policy.decide(.root(account), .asking(from: "192.0.2.1")).isAllowed)
        #expect(!policy.decide(.root(account), .asking(from: "?")).isAllowed)
        #expect(!policy.decide(.root(account), .asking(from: "198.51.100.1", overTLS: false)).isAllowed)
    }

    @Test(
        "principals are whole names",
        arguments: [
            "\"*\"", "\"acs:ram::123456:root\"", "{}", "[]", "null", "{\"RAM\":\"*\"}", "{\"RAM\":[]}",
            "{\"RAM\":null}", "{\"RAM\":[5]}",
            "{\"RAM\":\"acs:ram::*:root\"}", "{\"RAM\":\"acs:ram::123456:*\"}", "{\"RAM\":\"acs:ram::123456:user/*\"}",
            "{\"RAM\":\"acs:ram::123456:user/\"}", "{\"RAM\":\"acs:ram::123456:user/a/b\"}",
            "{\"RAM\":\"acs:ram::123456:group/a\"}",
            "{\"RAM\":\"acs:ram:cn-hangzhou:123456:root\"}", "{\"RAM\":\"acs:kms::123456:root\"}",
            "{\"RAM\":\"acs:ram::12a:root\"}",
            "{\"RAM\":\"acs:ram:::root\"}", "{\"RAM\":\"acs:ram::123456:Root\"}",
            "{\"RAM\":\"acs:ram::123456:root:x\"}",
            "{\"RAM\":\"123456\"}", "{\"RAM\":\"acs:ram::123456:role/\(String(repeating: "a", count: 65))\"}",
            "{\"RAM\":\"acs:ram::123456:user/\u{212A}\"}",
            "{\"Service\":\"*\"}", "{\"Service\":\"ecs\"}", "{\"Service\":\"ECS.aliyuncs.com\"}",
            "{\"Service\":\".aliyuncs.com\"}",
            "{\"Service\":\"ecs.aliyuncs.com.example.com\"}", "{\"Service\":\"ecs.example.com\"}",
            "{\"Service\":\"*.aliyuncs.com\"}",
            "{\"Service\":\"a.b.aliyuncs.com\"}", "{\"Service\":\"ſls.aliyuncs.com\"}",
            "{\"Service\":[\"ecs.aliyuncs.com\",\"\"]}", "{\"Federated\":[\"x\"]}", "{\"AWS\":\"*\"}",
            "{\"ram\":\"acs:ram::123456:root\"}",
        ]
    )
    func principal(json: String) {
        #expect(throws: PolicyDocumentError.self) { try TrustPolicy(document(Self.trusting(json))) }
    }

    @Test(
        "the one action is sts:AssumeRole",
        arguments: [
            "\"*\"", "\"sts:*\"", "\"sts:GetCallerIdentity\"", "[]", "[\"sts:AssumeRole\",\"kms:*\"]", "null", "\"\"",
        ]
    )
    func action(json: String) {
        let principal = "{\"RAM\":\"acs:ram::123456:root\"}"
        #expect(throws: PolicyDocumentError.self) { try TrustPolicy(document(Self.trusting(principal, action: json))) }
    }

    @Test("a trust policy has no Resource and asks for no tags; another policy has no Principal")
    func members() throws {
        let whole = Self.trusting("{\"RAM\":\"acs:ram::123456:root\"}")
        _ = try TrustPolicy(document(whole))
        #expect(throws: PolicyDocumentError.self) {
            try TrustPolicy(document(whole.dropLast() + ",\"Resource\":\"*\"}"))
        }
        #expect(throws: PolicyDocumentError.self) {
            try TrustPolicy(document(statement("Allow", "\"sts:AssumeRole\"")))
        }
        #expect(throws: PolicyDocumentError.self) { try PolicyDocument(document(whole)) }
        let tags = Self.trusting("{\"RAM\":\"acs:ram::123456:root\"}", if: "{\"StringEquals\":{\"kms:tag/a\":\"x\"}}")
        #expect(throws: PolicyDocumentError.self) { try TrustPolicy(document(tags)) }
    }
}
