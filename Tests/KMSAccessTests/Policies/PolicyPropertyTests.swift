import KMSCore
import Testing

@testable import KMSAccess

/// What holds for all policies.
struct PolicyPropertyTests {
    @Test("thousands of random policies decide random questions as the slow, obvious way does")
    func twin() throws {
        var policies = RandomPolicies(seed: 12)
        var decisions: [String: Int] = [:]
        for round in 0..<1_000 {
            let texts = try (0..<Int.random(in: 1...3, using: &policies.random)).map { _ in try policies.document() }
            let session = policies.chance(40) ? try policies.document() : nil
            let documents = try texts.map { try PolicyDocument($0) }
            let sessionDocument = try session.map { try PolicyDocument($0) }
            let names = documents.enumerated().map { PolicyTwin.Named(name: "Custom/\($0)", document: $1) }
            let authorizer = PolicyAuthorizer(
                policies: names.map { NamedPolicy(name: $0.name, version: "v1", policy: CompiledPolicy($0.document)) },
                session: sessionDocument.map { CompiledPolicy($0) }
            )
            for _ in 0..<6 {
                let question = policies.question()
                let expected = PolicyTwin.decide(names, session: sessionDocument, question)
                let decision = authorizer.decide(question)
                if decision != expected {
                    Issue.record(
                        "round \(round): \(decision), not \(expected)\n\(texts)\n\(session ?? "")\n\(question)"
                    )
                }
                decisions["\(decision)".prefix { $0 != "(" }.description, default: 0] += 1
            }
        }
        // Every kind of decision must have been among them often, or the test shows little.
        #expect(decisions.count == 4)
        #expect(decisions.values.allSatisfy { $0 > 100 }, "\(decisions)")
    }

    @Test("what does not look at tags decides the same whatever the tags")
    func tagsUnasked() throws {
        var policies = RandomPolicies(seed: 13)
        var seen = 0
        for _ in 0..<1_000 {
            let authorizer = try PolicyAuthorizer(policies.document())
            guard !authorizer.asksForTags else { continue }
            seen += 1
            let question = policies.question()
            var conditions = question.conditions
            conditions.tags = []
            let untagged = AccessQuestion(action: question.action, resource: question.resource, conditions: conditions)
            #expect(authorizer.decide(question) == authorizer.decide(untagged))
        }
        #expect(seen > 100)
    }

    @Test("mutated documents crash nothing, and what is still one means the same written anew")
    func fuzz() throws {
        var policies = RandomPolicies(seed: 14)
        var parsed = 0
        for round in 0..<5_000 {
            let original = Array(try policies.document().utf8)
            guard let text = String(validating: mutated(original, &policies), as: UTF8.self) else { continue }
            guard let document = try? PolicyDocument(text) else { continue }
            parsed += 1
            let rewritten = try document.rewritten()
            let again = try PolicyDocument(rewritten)
            if try again.rewritten() != rewritten { Issue.record("round \(round): \(text)") }
            let (one, other) = (CompiledPolicy(document), CompiledPolicy(again))
            let question = policies.question()
            let isSame =
                one.denial(of: question) == other.denial(of: question)
                && one.permission(for: question) == other.permission(for: question)
            if !isSame { Issue.record("round \(round): \(text)") }
        }
        // Mutations that leave a policy must be among them, or the test shows nothing; and most must leave none.
        #expect((200..<3_500).contains(parsed), "\(parsed)")
    }

    @Test("mutated trust policies crash nothing")
    func fuzzTrust() throws {
        let original = """
            {"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":
            ["acs:ram::123456:user/alice"],"Service":"ecs.aliyuncs.com"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}]}
            """
        var policies = RandomPolicies(seed: 15)
        let alice = RoleAssumer.user(try #require(AccountID("123456")), try #require(UserName("alice")))
        var (parsed, trusted) = (0, 0)
        for _ in 0..<10_000 {
            guard let text = String(validating: mutated(Array(original.utf8), &policies), as: UTF8.self) else {
                continue
            }
            guard let policy = try? TrustPolicy(text) else { continue }
            parsed += 1
            if policy.decide(alice, .asking(externalID: "x")).isAllowed { trusted += 1 }
        }
        #expect(parsed > 40 && trusted > 10 && trusted < parsed, "\(parsed) \(trusted)")
    }

    private static let fragments = [
        "\"", "{", "}", "[", "]", ",", ":", "*", "?", "\\", "\\u0000", "\\u00e9", "null", "true", "1e9", "\"Deny\"",
        "[]", "{}",
        "\"*\"", "\"NotAction\":", "\"Bool\":", "\"acs:MFAPresent\":", "/", "0", "::", "\u{E9}", "\0", " ",
    ].map { Array($0.utf8) }

    /// A few bytes changed, removed, doubled or put in.
    private func mutated(_ original: [UInt8], _ policies: inout RandomPolicies) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &policies.random) where !bytes.isEmpty {
            let start = Int.random(in: 0..<bytes.count, using: &policies.random)
            let end = min(bytes.count, start + Int.random(in: 1...12, using: &policies.random))
            switch Int.random(in: 0..<6, using: &policies.random) {
            case 0: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &policies.random)
            case 1: bytes.removeSubrange(start..<end)
            case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
            case 3: bytes.insert(contentsOf: policies.pick(Self.fragments), at: start)
            case 4: bytes.replaceSubrange(start..<end, with: policies.pick(Self.fragments))
            default: bytes[start] = UInt8.random(in: 0x20...0x7E, using: &policies.random)
            }
        }
        return bytes
    }
}
