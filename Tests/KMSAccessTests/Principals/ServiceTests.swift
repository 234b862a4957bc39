import KMSCore
import KMSTestKit
import Testing

@testable import KMSAccess

@Suite("Cloud services as callers")
struct ServiceTests {
    private static let oss = ServiceCode("OSS")!

    private func register(_ bench: AccessBench, _ code: ServiceCode = oss) async throws -> Signer {
        let service = RegisteredService(code: code, account: AccessBench.stranger, createdAt: bench.clock.now())
        try await bench.apply(.insertService(service))
        return try await bench.addKey(of: .service(code), in: AccessBench.stranger)
    }

    @Test("a service may ask for sessions and nothing else")
    func permissions() async throws {
        let bench = try await AccessBench()
        let signer = try await register(bench)
        let caller = try await bench.caller(signer)
        #expect(caller.identity == .service(Self.oss))
        #expect(caller.principal == "service/OSS")
        #expect(caller.account == AccessBench.stranger)
        // It is no session: the code counts only where an account has let the service in.
        #expect(caller.service == nil)
        #expect(try await bench.decision(signer, "sts:AssumeRole", on: "acs:ram::1:role/x").isAllowed)
        for action in ["kms:Encrypt", "kms:CreateKey", "ram:CreateUser", "sts:AssumeRole2", "STS:assumerole", "*"] {
            #expect(try await bench.decision(signer, action) == .notAllowed, "\(action)")
        }
    }

    @Test("a session of a role that trusts the service carries its code; other roles do not let it in")
    func sessions() async throws {
        let bench = try await AccessBench()
        let signer = try await register(bench)
        let role = try await bench.addRole(
            "for-oss",
            trusting: AccessBench.trust("oss.aliyuncs.com", kind: "Service"),
            policies: [AccessBench.all]
        )
        let session = Signer(try await bench.assume(role, as: signer))
        let caller = try await bench.caller(session)
        #expect(caller.service == Self.oss)
        #expect(caller.account == AccessBench.owner)
        #expect(caller.principal == "role/for-oss/session")

        let other = try await register(bench, ServiceCode("ECS")!)
        #expect(try await bench.assumeRefusal(role, as: other) == "NoPermission")
        // Trusting the account that runs a service is not trusting the service.
        let users = try await bench.addRole("users", trusting: AccessBench.trust("acs:ram::2:root"))
        #expect(try await bench.assumeRefusal(users, as: signer) == "NoPermission")
    }

    @Test("a session does not hand the code of its service on to the next role")
    func chain() async throws {
        let bench = try await AccessBench()
        let signer = try await register(bench)
        let first = try await bench.addRole(
            "first",
            trusting: AccessBench.trust("oss.aliyuncs.com", kind: "Service"),
            policies: [AccessBench.all]
        )
        let second = try await bench.addRole("second", trusting: AccessBench.trust("acs:ram::1:role/first"))
        let session = Signer(try await bench.assume(first, as: signer))
        let next = Signer(try await bench.assume(second, as: session))
        #expect(try await bench.caller(next).service == nil)
    }

    @Test("a service that is removed is refused at once, and so are the sessions it began")
    func removal() async throws {
        let bench = try await AccessBench()
        let signer = try await register(bench)
        let role = try await bench.addRole("r", trusting: AccessBench.trust("oss.aliyuncs.com", kind: "Service"))
        let session = Signer(try await bench.assume(role, as: signer))
        #expect(try await bench.refusal(session) == nil)
        try await bench.apply(.deleteService(Self.oss))
        #expect(try await bench.refusal(signer) == "InvalidAccessKeyId.NotFound")
        #expect(try await bench.refusal(session) == "InvalidSecurityToken.Expired")
    }

    @Test("a service that is registered anew does not bring back the sessions of the old one")
    func registeredAnew() async throws {
        var bench = try await AccessBench()
        let signer = try await register(bench)
        let role = try await bench.addRole("r", trusting: AccessBench.trust("oss.aliyuncs.com", kind: "Service"))
        let session = Signer(try await bench.assume(role, as: signer))
        #expect(try await bench.refusal(session) == nil)
        for key in try await bench.store.accessKeys(of: .service(Self.oss), in: AccessBench.stranger) {
            try await bench.apply(.deleteAccessKey(key.id, of: key.identity, in: key.account))
        }
        try await bench.apply(.deleteService(Self.oss))
        bench.clock.set(Timestamp(microseconds: Fixture.now.microseconds + 1))
        let anew = try await register(bench)
        #expect(try await bench.refusal(session) == "InvalidSecurityToken.Expired")
        bench.restart()
        #expect(try await bench.refusal(session) == "InvalidSecurityToken.Expired")
        let next = Signer(try await bench.assume(role, as: anew))
        #expect(try await bench.refusal(next) == nil)
        #expect(try await bench.caller(next).service == Self.oss)
    }
}
