import KMSCore
import Testing

@testable import KMSAccess

struct SystemPoliciesTests {
    private static func authorizer(_ name: String) throws -> PolicyAuthorizer {
        let name = try #require(PolicyName(name))
        let policy = try #require(SystemPolicies.policy(named: name))
        return try PolicyAuthorizer(policy.document)
    }

    /// The actions that operations of the catalogue test (spec 12.2).
    private static let actions = Catalogue.kms().names.flatMap {
        $0 == "ReEncrypt" ? ["kms:ReEncryptFrom", "kms:ReEncryptTo"] : ["kms:\($0)"]
    }

    private static func allowed(by name: String, of actions: [String] = actions) throws -> Set<String> {
        let authorizer = try authorizer(name)
        return Set(actions.filter { authorizer.allows(.asking($0)) })
    }

    @Test("every one is a policy, fits the limits of a document and has a name and a description of its own")
    func all() throws {
        for policy in SystemPolicies.all {
            let authorizer = try Self.authorizer(policy.name)
            #expect(!authorizer.asksForTags)
            #expect(policy.document.utf8.count <= 2_048)
            #expect((1...1_024).contains(policy.description.utf8.count))
        }
        let names = SystemPolicies.all.map(\.name)
        #expect(names == names.sorted() && Set(names).count == 7)
        let unknown = try #require(PolicyName("administratoraccess"))
        #expect(SystemPolicies.policy(named: unknown) == nil)
    }

    @Test("who may only read changes nothing, uses no key, and can read everything")
    func readOnly() throws {
        // Two names that sound like reading are not: one makes an import token, the other uses a key.
        let reads = Set(
            Self.actions.filter { action in
                ["kms:Describe", "kms:List", "kms:Get"].contains { action.hasPrefix($0) }
                    && action != "kms:GetParametersForImport"
            }
        )
        #expect(reads.count == 13)
        #expect(try Self.allowed(by: "AliyunKMSReadOnlyAccess") == reads)
    }

    @Test("who uses keys neither manages nor lists them")
    func cryptoUser() throws {
        let uses = Set(
            Self.actions.filter { action in
                ["crypt", "DataKey", "Asymmetric", "PublicKey", "PrivateKey"].contains { action.contains($0) }
            }
        )
        #expect(uses.count == 17)
        #expect(try Self.allowed(by: "AliyunKMSCryptoUserAccess") == uses)
    }

    @Test("full access to one service is access to no other")
    func full() throws {
        let others = ["ram:CreateUser", "ram:GetUser", "sts:AssumeRole", "oss:GetObject"]
        #expect(try Self.allowed(by: "AliyunKMSFullAccess") == Set(Self.actions))
        #expect(try Self.allowed(by: "AliyunKMSFullAccess", of: others).isEmpty)
        #expect(try Self.allowed(by: "AliyunRAMFullAccess", of: others) == ["ram:CreateUser", "ram:GetUser"])
        #expect(try Self.allowed(by: "AliyunRAMFullAccess").isEmpty)
        #expect(try Self.allowed(by: "AliyunSTSAssumeRoleAccess", of: others) == ["sts:AssumeRole"])
        #expect(try Self.allowed(by: "AliyunSTSAssumeRoleAccess").isEmpty)
        #expect(try Self.allowed(by: "AdministratorAccess", of: Self.actions + others) == Set(Self.actions + others))
    }

    @Test("who may only read users and policies changes none")
    func ramReadOnly() throws {
        let verbs = ["Create", "Update", "Delete", "Attach", "Detach", "Set"]
        let changes = verbs.flatMap { ["ram:\($0)User", "ram:\($0)PolicyToUser", "ram:\($0)AccessKey"] }
        #expect(try Self.allowed(by: "AliyunRAMReadOnlyAccess", of: changes).isEmpty)
        let reads = ["ram:GetUser", "ram:ListUsers", "ram:GetPolicy", "ram:ListPoliciesForUser", "ram:ListAccessKeys"]
        #expect(try Self.allowed(by: "AliyunRAMReadOnlyAccess", of: reads) == Set(reads))
        #expect(try Self.allowed(by: "AliyunRAMReadOnlyAccess").isEmpty)
    }
}
