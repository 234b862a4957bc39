import KMSCore
import Testing

@testable import KMSAccess

struct PolicyCacheTests {
    private static let text = document(statement())

    private static func key(_ number: Int, version: Int = 1) -> PolicyVersionKey {
        PolicyVersionKey(policy: UUIDBytes(high: 0, low: UInt64(number)), version: version)
    }

    /// Counts how often a document is asked for.
    private struct Documents {
        var asked = 0
        mutating func next() -> String {
            asked += 1
            return PolicyCacheTests.text
        }
    }

    @Test("the policy of a thousand users is compiled once")
    func once() throws {
        let cache = PolicyCache()
        var documents = Documents()
        for _ in 0..<1_000 {
            let policy = try cache.policy(Self.key(1), document: documents.next())
            #expect(
                PolicyAuthorizer(policies: [NamedPolicy(name: "p", version: "v1", policy: policy)]).allows(.asking())
            )
        }
        #expect(documents.asked == 1)
    }

    @Test("another version is another policy")
    func versions() throws {
        let cache = PolicyCache()
        let first = try cache.policy(Self.key(1), document: Self.text)
        let second = try cache.policy(Self.key(1, version: 2), document: document(statement("Deny")))
        #expect(first.permission(for: .asking()) == 1 && first.denial(of: .asking()) == nil)
        #expect(second.denial(of: .asking()) == 1 && second.permission(for: .asking()) == nil)
    }

    @Test("no more are held than there is room for, and those in use stay")
    func bounded() throws {
        let cache = PolicyCache(byteCount: 8 * (try CompiledPolicy(Self.text)).byteEstimate)
        var documents = Documents()
        _ = try cache.policy(Self.key(0), document: documents.next())
        for number in 1...1_000 {
            _ = try cache.policy(Self.key(number), document: documents.next())
            _ = try cache.policy(Self.key(0), document: documents.next())
        }
        #expect(documents.asked == 1_001)
        // Of those used once, the last are remembered and no more than eight.
        documents.asked = 0
        for number in (1...1_000).reversed() { _ = try cache.policy(Self.key(number), document: documents.next()) }
        #expect((992..<1_000).contains(documents.asked))
    }

    @Test("a large policy takes the room of many small ones, however short its document is")
    func weights() throws {
        let small = try CompiledPolicy(Self.text).byteEstimate
        let names = Array(repeating: #""*""#, count: 1_000).joined(separator: ",")
        let text = #"{"Version":"1","Statement":[{"Effect":"Allow","Action":[\#(names)],"Resource":"*"}]}"#
        let large = try CompiledPolicy(text).byteEstimate
        #expect(large > 10 * text.utf8.count && large > 50 * small)
        let cache = PolicyCache(byteCount: 2 * large)
        var documents = Documents()
        for number in 0..<20 { _ = try cache.policy(Self.key(number), document: documents.next()) }
        for number in 0..<20 { _ = try cache.policy(Self.key(number), document: documents.next()) }
        #expect(documents.asked == 20)
        for number in 100..<102 { _ = try cache.policy(Self.key(number), document: text) }
        for number in 0..<20 { _ = try cache.policy(Self.key(number), document: documents.next()) }
        #expect(documents.asked == 40)
    }

    @Test("a document that is refused is not remembered")
    func refused() throws {
        let cache = PolicyCache(byteCount: 8 * (try CompiledPolicy(Self.text)).byteEstimate)
        #expect(throws: PolicyDocumentError.self) { try cache.policy(Self.key(1), document: "{}") }
        #expect(try cache.policy(Self.key(1), document: Self.text).permission(for: .asking()) == 1)
    }

    @Test("grants become an authorizer whose decisions carry the policies' names and versions")
    func grants() throws {
        let name = { (text: String) in try #require(PolicyName(text)) }
        let cache = PolicyCache()
        func granted(_ policy: String, _ number: Int, _ text: String) throws -> Grants.Granted {
            let id = UUIDBytes(high: 1, low: 2)
            let version = PolicyVersion(policy: id, number: number, document: text, createdAt: Timestamp(seconds: 0))
            return Grants.Granted(name: try name(policy), version: version)
        }
        let grants = Grants(
            name: "alice",
            role: nil,
            system: [try name("AliyunKMSReadOnlyAccess"), try name("NotOfThisServer")],
            custom: [try granted("Keys", 3, document(statement("Deny", "\"kms:ListKeys\"")))]
        )
        let authorizer = try cache.authorizer(of: grants)
        let reading = StatementName(policy: "System/AliyunKMSReadOnlyAccess", version: "v1", index: 1)
        let denying = StatementName(policy: "Custom/Keys", version: "v3", index: 1)
        #expect(authorizer.decide(.asking("kms:DescribeKey")) == .allowed(by: reading))
        #expect(authorizer.decide(.asking("kms:ListKeys")) == .denied(by: denying))
        #expect(authorizer.decide(.asking("kms:Encrypt")) == .notAllowed)
        let session = try CompiledPolicy(document(statement("Allow", "\"kms:List*\"")))
        let limited = try cache.authorizer(of: grants, session: session)
        #expect(limited.decide(.asking("kms:DescribeKey")) == .notAllowedBySession)

        let broken = Grants(name: "alice", role: nil, system: grants.system, custom: [try granted("Keys", 4, "{}")])
        let error = #expect(throws: PolicyDocumentError.self) { try cache.authorizer(of: broken) }
        #expect(error?.description.hasPrefix("Policy Custom/Keys v4: ") == true)
    }
}
