import KMSCore
import KMSTestKit
import Testing

@testable import KMSAccess

@Suite("Users as callers")
struct UserTests {
    private static let mayEncrypt = AccessBench.document("Allow", "kms:Encrypt", "*")

    @Test("a user signs as itself and may what its policies allow", arguments: Signer.Scheme.allCases)
    func user(scheme: Signer.Scheme) async throws {
        let bench = try await AccessBench()
        let (user, signer) = try await bench.addUser("alice", policies: [Self.mayEncrypt])
        let caller = try await bench.caller(signer, scheme)
        #expect(caller.account == AccessBench.owner)
        #expect(caller.identity == .user(user.id))
        #expect(caller.principal == "user/alice")
        #expect(caller.accessKeyID == signer.id)
        #expect(caller.service == nil)
        #expect(try await bench.decision(signer, "kms:Encrypt").isAllowed)
        #expect(try await bench.decision(signer, "kms:Decrypt") == .notAllowed)
    }

    @Test("a user without policies may nothing, and a root key everything")
    func defaults() async throws {
        let bench = try await AccessBench()
        let (_, signer) = try await bench.addUser("nobody")
        #expect(try await bench.decision(signer, "kms:DescribeKey") == .notAllowed)
        let root = try await bench.addKey(of: .root)
        #expect(try await bench.caller(root).identity == .root)
        #expect(try await bench.decision(root, "kms:DescribeKey") == .root)
    }

    @Test("policies count from the next request on: attached, detached, another version")
    func changes() async throws {
        let bench = try await AccessBench()
        let (user, signer) = try await bench.addUser("alice")
        #expect(try await !bench.decision(signer, "kms:Encrypt").isAllowed)
        let policy = try await bench.attach(Self.mayEncrypt, to: .user(user.id))
        #expect(try await bench.decision(signer, "kms:Encrypt").isAllowed)

        let changed = policy.changed(at: Fixture.now) {
            $0.defaultVersion = 2
            $0.newestVersion = 2
        }
        let version = PolicyVersion(
            policy: policy.id,
            number: 2,
            document: AccessBench.document("Deny", "kms:*", "*"),
            createdAt: Fixture.now
        )
        try await bench.apply(.updatePolicy(from: policy, to: changed), .insertPolicyVersion(version))
        let denied = try await bench.decision(signer, "kms:Encrypt")
        let name = StatementName(policy: policy.reference.description, version: "v2", index: 1)
        #expect(denied == .denied(by: name))

        try await bench.apply(.detach(policy.reference, from: .user(user.id), in: AccessBench.owner))
        #expect(try await bench.decision(signer, "kms:Encrypt") == .notAllowed)
    }

    @Test("system policies decide as well, and one that this server does not have allows nothing")
    func systemPolicies() async throws {
        let bench = try await AccessBench()
        let (user, signer) = try await bench.addUser("alice")
        for name in ["AliyunKMSReadOnlyAccess", "PolicyOfALaterServer"] {
            let attachment = PolicyAttachment(
                grantee: .user(user.id),
                account: AccessBench.owner,
                policy: PolicyReference(type: .system, name: PolicyName(name)!),
                attachedAt: Fixture.now
            )
            try await bench.apply(.attach(attachment, limit: 20))
        }
        #expect(try await bench.decision(signer, "kms:DescribeKey").isAllowed)
        #expect(try await !bench.decision(signer, "kms:Encrypt").isAllowed)
    }

    @Test("a stored policy that cannot be read lets nothing through")
    func unreadablePolicy() async throws {
        let bench = try await AccessBench()
        let (user, signer) = try await bench.addUser("alice", policies: [AccessBench.all])
        #expect(try await bench.refusal(signer) == nil)
        _ = try await bench.attach(#"{"Version":"9","Statement":[]}"#, to: .user(user.id))
        #expect(try await bench.refusal(signer) == "InternalFailure")
    }

    @Test("a new name shows at once; the identity stays")
    func renamed() async throws {
        let bench = try await AccessBench()
        let (user, signer) = try await bench.addUser("alice")
        #expect(try await bench.caller(signer).principal == "user/alice")
        try await bench.apply(.updateUser(from: user, to: user.changed(at: Fixture.now) { $0.name = UserName("bob")! }))
        let caller = try await bench.caller(signer)
        #expect(caller.principal == "user/bob")
        #expect(caller.identity == .user(user.id))
    }

    @Test("a key that is switched off or deleted is refused at once")
    func keysEnd() async throws {
        let bench = try await AccessBench()
        let (user, signer) = try await bench.addUser("alice", policies: [AccessBench.all])
        let holder = Identity.user(user.id)
        #expect(try await bench.refusal(signer) == nil)
        try await bench.apply(.setAccessKeyActive(signer.id, of: holder, in: AccessBench.owner, false))
        #expect(try await bench.refusal(signer) == "Forbidden.AccessKey")
        try await bench.apply(.setAccessKeyActive(signer.id, of: holder, in: AccessBench.owner, true))
        #expect(try await bench.refusal(signer) == nil)
        try await bench.apply(.deleteAccessKey(signer.id, of: holder, in: AccessBench.owner))
        #expect(try await bench.refusal(signer) == "InvalidAccessKeyId.NotFound")
    }

    @Test("a warm request opens nothing")
    func warm() async throws {
        let bench = try await AccessBench()
        let (_, signer) = try await bench.addUser("alice", policies: [AccessBench.all])
        #expect(try await bench.refusal(signer) == nil)
        let opened = bench.sealer.openCount
        for _ in 0..<5 { #expect(try await bench.refusal(signer) == nil) }
        #expect(bench.sealer.openCount == opened)
    }

    @Test("a store that does not answer is told apart from a key that is not there")
    func unavailable() async throws {
        let bench = try await AccessBench()
        let (_, signer) = try await bench.addUser("alice")
        bench.store.fail(with: .unavailable("gone"))
        #expect(try await bench.refusal(signer) == "ServiceUnavailableTemporary")
    }
}
