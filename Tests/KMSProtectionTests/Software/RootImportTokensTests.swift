import KMSCore
import KMSTestKit
import Testing

@testable import KMSProtection

@Suite("Import token texts")
struct RootImportTokensTests {
    private let key = Key.example(UUIDBytes(high: 3, low: 4), origin: .external)
    private let pair: ImportPair
    private let tokens: RootImportTokens
    private let token: String

    init() throws {
        pair = key.exampleImportPair(UUIDBytes(high: 5, low: 6))
        tokens = try RootImportTokens(root: .repeating(1))
        token = tokens.token(for: pair.identity)
    }

    private func claim(_ token: String, key: KeyID? = nil, in namespace: Namespace? = nil) -> ImportTokenClaim? {
        tokens.claim(in: Array(token.utf8)[...], for: key ?? self.key.id, in: namespace ?? self.key.namespace)
    }

    @Test("a token says for its own key what it was made with, and nothing for any other")
    func own() {
        #expect(claim(token) == ImportTokenClaim(id: pair.id, expiresAt: pair.identity.expiresAt))
        #expect(claim(token, key: KeyID(.zero)) == nil)
        for namespace in [Namespace.example("1"), .example("1000000000000001", "cn-hangzhou2")] {
            #expect(claim(token, in: namespace) == nil)
        }
    }

    @Test("another root, or the same in another generation, makes other tokens")
    func roots() throws {
        for root in [try RootKeyRing.repeating(2), try .repeating(1, generation: 2)] {
            let others = RootImportTokens(root: root)
            #expect(others.token(for: pair.identity) != token)
            #expect(others.claim(in: Array(token.utf8)[...], for: key.id, in: key.namespace) == nil)
        }
    }

    @Test("no mutation of a token is one")
    func mutations() throws {
        var generator = SeededGenerator(seed: 8)
        let bytes = try #require(Base64.decode(Array(token.utf8)[...]))
        for _ in 0..<10_000 {
            let text = mutated(Array(token.utf8), &generator)
            let inner = Base64.encode(mutated(bytes, &generator))
            for changed in [String(decoding: text, as: UTF8.self), inner] where changed != token {
                if claim(changed) != nil { Issue.record("\(changed)") }
            }
        }
    }
}
