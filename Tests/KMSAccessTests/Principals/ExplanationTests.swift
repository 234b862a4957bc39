import KMSCore
import Testing

@testable import KMSAccess

@Suite("Explanations")
struct ExplanationTests {
    private let question = AccessQuestion(
        action: "kms:Encrypt",
        resource: AccessBench.key,
        conditions: RequestConditions(time: Fixture.now, source: "192.0.2.1", isSecureTransport: true)
    )

    private func explain(_ principal: String, _ bench: AccessBench) async throws -> Explanation {
        let explainer = Explainer(store: bench.store, policies: PolicyCache())
        return try await explainer.explain(principal, of: AccessBench.owner, question)
    }

    @Test("the statement that decides is named")
    func decided() async throws {
        let bench = try await AccessBench()
        #expect(try await explain("root", bench).decision == .root)
        let (user, _) = try await bench.addUser("alice")
        #expect(try await explain("user/alice", bench).text == "Not allowed: no policy is attached to user/alice.")

        let allow = try await bench.attach(AccessBench.document("Allow", "kms:Enc*", "*"), to: .user(user.id))
        let allowed = try await explain("user/alice", bench)
        #expect(allowed.decision.isAllowed)
        #expect(allowed.text == "Allowed by statement 1 of Custom/\(allow.name) (v1).")

        let deny = try await bench.attach(AccessBench.document("Deny", "*", "acs:kms:*"), to: .user(user.id))
        let denied = try await explain("user/alice", bench)
        #expect(!denied.decision.isAllowed)
        #expect(denied.text == "Denied by statement 1 of Custom/\(deny.name) (v1), whatever else allows it.")

        _ = try await bench.addRole(
            "reader",
            trusting: AccessBench.trust("acs:ram::1:root"),
            policies: [AccessBench.document("Allow", "kms:Decrypt", "*")]
        )
        #expect(
            try await explain("role/reader", bench).text
                == "Not allowed: no statement of the policies attached to role/reader (1) allows it."
        )
    }

    @Test("whoever is not there, or no principal at all, is said to be so")
    func absent() async throws {
        let bench = try await AccessBench()
        await #expect(throws: ExplanationError.noSuchPrincipal("user/alice")) {
            _ = try await explain("user/alice", bench)
        }
        for text in ["", "alice", "user/", "user/a/b", "service/OSS", "Root", "user/\u{E9}"] {
            await #expect(throws: ExplanationError.malformedPrincipal) { _ = try await explain(text, bench) }
        }
    }

    @Test("a policy that cannot be read explains why nothing is allowed")
    func unreadable() async throws {
        let bench = try await AccessBench()
        _ = try await bench.addUser("alice", policies: ["{}"])
        await #expect {
            _ = try await explain("user/alice", bench)
        } throws: {
            if case .policy = $0 as? ExplanationError { true } else { false }
        }
    }
}
