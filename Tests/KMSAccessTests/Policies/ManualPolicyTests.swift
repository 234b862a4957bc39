import KMSCore
import Testing

@testable import KMSAccess

/// The policies that chapter 3 of the manual prints, with whole ids, and what each is for.
struct ManualPolicy: Sendable, CustomTestStringConvertible {
    let section: String
    let action: String
    let resources: [String]

    var testDescription: String { "\(section) \(action)" }

    /// The policy, naming these resources of its own.
    func document(on resources: [String]) -> String {
        let list = resources.map { "\"\($0)\"" }.joined(separator: ",")
        return """
            {"Version":"1","Statement":[{"Effect":"Allow","Action":["\(action)"],"Resource":[\(list)]}]}
            """
    }
}

struct ManualPolicyTests {
    private static let oldKey = "acs:kms:cn-hangzhou:123456:key/08ec3bb9-034f-485b-b1cd-3459baa8889c"
    private static let newKey = "acs:kms:cn-hangzhou:123456:key/127d2f84-ee5f-4f4d-9d41-dbc1aca28788"
    private static let alias = "acs:kms:cn-hangzhou:123456:alias/example"

    static let policies = [
        ManualPolicy(section: "3.2", action: "kms:CreateAlias", resources: [oldKey, alias]),
        ManualPolicy(section: "3.3", action: "kms:UpdateAlias", resources: [oldKey, newKey, alias]),
        ManualPolicy(section: "3.4", action: "kms:ListAliases", resources: ["acs:kms:cn-hangzhou:123456:alias"]),
        ManualPolicy(section: "3.5", action: "kms:ListAliasesByKeyId", resources: [newKey]),
        ManualPolicy(section: "3.6", action: "kms:DeleteAlias", resources: [newKey, alias]),
    ]

    @Test("each is for its operation, needs each of its resources, and gives nothing else", arguments: policies)
    func policy(_ policy: ManualPolicy) throws {
        let authorizer = try PolicyAuthorizer(policy.document(on: policy.resources))
        for resource in policy.resources {
            let decision = authorizer.decide(.asking(policy.action, on: resource))
            #expect(decision == .allowed(by: StatementName(policy: "Custom/0", version: "v1", index: 1)))
            #expect(authorizer.decide(.asking("kms:DescribeKey", on: resource)) == .notAllowed)
            let elsewhere = resource.split(separator: ":").map { $0 == "123456" ? "654321" : $0 }.joined(separator: ":")
            #expect(authorizer.decide(.asking(policy.action, on: elsewhere)) == .notAllowed)
            #expect(authorizer.decide(.asking(policy.action, on: resource + "x")) == .notAllowed)
        }
        for missing in policy.resources where policy.resources.count > 1 {
            let fewer = try PolicyAuthorizer(policy.document(on: policy.resources.filter { $0 != missing }))
            #expect(policy.resources.filter { !fewer.allows(.asking(policy.action, on: $0)) } == [missing])
        }
    }

    @Test("the names that this service tests are those that the policies give")
    func names() throws {
        let namespace = Namespace(
            account: try #require(AccountID("123456")),
            region: try #require(RegionID("cn-hangzhou"))
        )
        let uuid = try #require(UUIDBytes(text: "08ec3bb9-034f-485b-b1cd-3459baa8889c".utf8))
        #expect(ResourceName.key(KeyID(uuid), in: namespace).description == Self.oldKey)
        let name = try #require(AliasName("alias/example"))
        #expect(ResourceName.alias(name, in: namespace).description == Self.alias)
        #expect(ResourceName.aliasContainer(of: namespace).description == "acs:kms:cn-hangzhou:123456:alias")
    }

    /// The policy of spec 12.3, for keys with the tag Project=Apollo.
    private static let tagged = """
        {
          "Version": "1",
          "Statement": [
            {
              "Effect": "Allow",
              "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"],
              "Resource": "*",
              "Condition": {"StringEqualsIgnoreCase": {"kms:tag/Project": ["Apollo"]}}
            }
          ]
        }
        """

    @Test("a policy for a project's keys is for keys that have the tag")
    func tags() throws {
        let authorizer = try PolicyAuthorizer(Self.tagged)
        #expect(authorizer.asksForTags)
        func allows(_ action: String, _ tags: KMSCore.Tag...) -> Bool {
            authorizer.allows(.asking(action, .asking(tags: tags)))
        }
        for action in ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"] {
            #expect(allows(action, KMSCore.Tag(key: "Project", value: "apollo")))
            #expect(allows(action, KMSCore.Tag(key: "Owner", value: "x"), KMSCore.Tag(key: "Project", value: "APOLLO")))
            #expect(!allows(action))
            #expect(!allows(action, KMSCore.Tag(key: "Project", value: "Gemini")))
            #expect(!allows(action, KMSCore.Tag(key: "project", value: "Apollo")))
        }
        #expect(!allows("kms:DescribeKey", KMSCore.Tag(key: "Project", value: "Apollo")))
        #expect(!allows("kms:GenerateDataKeyWithoutPlaintext", KMSCore.Tag(key: "Project", value: "Apollo")))
    }
}
