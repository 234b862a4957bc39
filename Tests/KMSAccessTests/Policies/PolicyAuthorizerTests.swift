import KMSCore
import Testing

@testable import KMSAccess

/// How policies of one caller act together (spec 12.4).
struct PolicyAuthorizerTests {
    private static let all = document(statement())
    private static let nothing = document(statement("Allow", "\"ram:GetUser\""))
    private static let denying = document(statement("Deny", "\"kms:Encrypt\""))

    private static func name(_ policy: String, _ index: Int = 1) -> StatementName {
        StatementName(policy: policy, version: "v1", index: index)
    }

    @Test("nothing is allowed without a policy")
    func none() {
        #expect(PolicyAuthorizer(policies: []).decide(.asking()) == .notAllowed)
        #expect(!PolicyAuthorizer(policies: []).asksForTags)
    }

    @Test("a session's policy alone allows nothing")
    func sessionAlone() throws {
        let authorizer = PolicyAuthorizer(policies: [], session: try CompiledPolicy(Self.all))
        #expect(authorizer.decide(.asking()) == .notAllowed)
    }

    @Test("the decision names the policy, its version and the statement")
    func reasons() throws {
        let policies = [
            NamedPolicy(name: "System/Nothing", version: "v1", policy: try CompiledPolicy(Self.nothing)),
            NamedPolicy(
                name: "Custom/Keys",
                version: "v7",
                policy: try CompiledPolicy(
                    document(
                        statement("Deny", "\"kms:ScheduleKeyDeletion\""),
                        statement("Allow", "\"kms:List*\""),
                        statement("Allow", "[\"kms:Decrypt\",\"kms:E*\"]")
                    )
                )
            ),
        ]
        let authorizer = PolicyAuthorizer(policies: policies)
        let keys = { StatementName(policy: "Custom/Keys", version: "v7", index: $0) }
        #expect(authorizer.decide(.asking("kms:Encrypt")) == .allowed(by: keys(3)))
        #expect(authorizer.decide(.asking("kms:ListKeys")) == .allowed(by: keys(2)))
        #expect(authorizer.decide(.asking("kms:ScheduleKeyDeletion")) == .denied(by: keys(1)))
        #expect(authorizer.decide(.asking("kms:DisableKey")) == .notAllowed)
        #expect(authorizer.decide(.asking("ram:GetUser")) == .allowed(by: Self.name("System/Nothing")))
    }

    @Test("a denial wins, whichever policy has it and wherever it stands")
    func denialWins() throws {
        #expect(try PolicyAuthorizer(Self.all, Self.denying).decide(.asking()) == .denied(by: Self.name("Custom/1")))
        #expect(try PolicyAuthorizer(Self.denying, Self.all).decide(.asking()) == .denied(by: Self.name("Custom/0")))
        let one = document(statement(), statement("Deny", "\"kms:Encrypt\""))
        #expect(try PolicyAuthorizer(one).decide(.asking()) == .denied(by: Self.name("Custom/0", 2)))
        #expect(try PolicyAuthorizer(Self.denying).decide(.asking()) == .denied(by: Self.name("Custom/0")))
        #expect(try PolicyAuthorizer(Self.all, Self.denying).allows(.asking("kms:Decrypt")))
    }

    @Test("with a session's policy both must allow, and either can deny")
    func session() throws {
        func decision(_ own: String, session: String) throws -> Decision {
            try PolicyAuthorizer(own, session: session).decide(.asking())
        }
        #expect(try decision(Self.all, session: Self.all) == .allowed(by: Self.name("Custom/0")))
        #expect(try decision(Self.all, session: Self.nothing) == .notAllowedBySession)
        #expect(try decision(Self.nothing, session: Self.all) == .notAllowed)
        #expect(try decision(Self.nothing, session: Self.nothing) == .notAllowed)
        #expect(try decision(Self.all, session: Self.denying) == .denied(by: Self.name("session policy")))
        #expect(try decision(Self.denying, session: Self.all) == .denied(by: Self.name("Custom/0")))
        let mixed = document(statement("Allow"), statement("Deny", "\"kms:Encrypt\""))
        #expect(try decision(Self.all, session: mixed) == .denied(by: Self.name("session policy", 2)))
    }

    @Test("actions are compared without regard to case, resources with it")
    func cases() throws {
        let authorizer = try PolicyAuthorizer(
            document(statement("Allow", "\"KMS:encRYPT\"", on: "\"acs:kms:*:*:alias/Example\""))
        )
        let prefix = "acs:kms:cn-hangzhou:123456:alias/"
        #expect(authorizer.allows(.asking("kms:Encrypt", on: prefix + "Example")))
        #expect(authorizer.allows(.asking("kms:ENCRYPT", on: prefix + "Example")))
        #expect(!authorizer.allows(.asking("kms:Encrypt", on: prefix + "example")))
        #expect(!authorizer.allows(.asking("\u{212A}ms:Encrypt", on: prefix + "Example")))
    }

    @Test("a resource is compared by its bytes")
    func canonicalEquivalence() throws {
        let precomposed = try PolicyAuthorizer(document(statement("Allow", on: "\"acs:kms:*:*:alias/\u{E9}\"")))
        #expect(precomposed.allows(.asking(on: "acs:kms:cn-hangzhou:1:alias/\u{E9}")))
        #expect(!precomposed.allows(.asking(on: "acs:kms:cn-hangzhou:1:alias/e\u{301}")))
        let denying = try PolicyAuthorizer(document(statement(), statement("Deny", on: "\"*/e\\u0301\"")))
        #expect(denying.allows(.asking(on: "acs:kms:cn-hangzhou:1:alias/\u{E9}")))
        #expect(!denying.allows(.asking(on: "acs:kms:cn-hangzhou:1:alias/e\u{301}")))
    }

    @Test("the account as a whole is a resource that only * stands for")
    func everything() throws {
        let question = AccessQuestion.asking("kms:DescribeAccountKmsStatus", on: ResourceName.everything.description)
        #expect(try PolicyAuthorizer(Self.all).allows(question))
        #expect(try !PolicyAuthorizer(document(statement("Allow", on: "\"acs:kms:*:*:*\""))).allows(question))
    }

    @Test("tags are asked for where a policy or the session's policy names one")
    func asksForTags() throws {
        let tagged = document(statement(if: "{\"StringLike\":{\"kms:tag/a\":\"*\"}}"))
        let other = document(statement(if: "{\"Bool\":{\"acs:SecureTransport\":true}}"))
        #expect(try PolicyAuthorizer(other, tagged).asksForTags)
        #expect(try PolicyAuthorizer(other, session: tagged).asksForTags)
        #expect(try !PolicyAuthorizer(other, Self.all, session: Self.denying).asksForTags)
    }
}
