import KMSAccess
import KMSCore
import KMSTestKit
import Testing

/// What our signer signs, our authenticator accepts; what was changed on the way, it refuses.
struct SignatureRoundTripTests {
    private static let pieces: [[UInt8]] =
        [
            "é", "e\u{301}", "Å", "\u{212B}", "+", "*", "~", " ", "%", "%2A", "&", "=", "/", "名", "😀", "a", "Z", "0",
            "\0",
            "\n", "'", "(", "!",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], []]

    private func text(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...6, using: &random)).flatMap { _ in Self.pieces.randomElement(using: &random)! }
    }

    private func parameters(_ random: inout SeededGenerator) -> Parameters {
        var pairs: [([UInt8], [UInt8])] = []
        for index in 0..<Int.random(in: 0...8, using: &random) {
            // The number keeps names different from each other and from the common ones.
            pairs.append((text(&random) + Array("\(index)".utf8), text(&random)))
        }
        return Parameters(bytes: pairs)
    }

    @Test("thousands of random V1 requests verify, and none does after one byte of it changed")
    func v1() async throws {
        var random = SeededGenerator(seed: 1)
        let fixture = try await Fixture()
        for round in 0..<2_000 {
            let method = Bool.random(using: &random) ? "GET" : "POST"
            let signed = try SignatureV1.signed(
                parameters(&random),
                method: method,
                accessKeyID: "testid",
                key: signingKey(),
                nonce: "\(round)",
                at: Fixture.now
            )
            // Wherever a parameter came in, the signature covers the union.
            let order = Parameters(bytes: signed.pairs.shuffled(using: &random))
            let split = Int.random(in: 0...order.entries.count, using: &random)
            #expect(await fixture.refusal(.v1(order, method: method, queryCount: split)) == nil)

            let index = order.entries.indices.randomElement(using: &random)!
            var pairs = order.pairs
            pairs[index].1.append(UInt8.random(in: 0...255, using: &random))
            #expect(await fixture.refusal(.v1(Parameters(bytes: pairs), method: method)) != nil)
            pairs = order.pairs
            pairs[index].0.append(UInt8(ascii: "x"))
            #expect(await fixture.refusal(.v1(Parameters(bytes: pairs), method: method)) != nil)
        }
    }

    @Test("thousands of random V3 requests verify, and none does after one parameter or the body changed")
    func v3() async throws {
        var random = SeededGenerator(seed: 2)
        let fixture = try await Fixture()
        for round in 0..<2_000 {
            var outgoing = SignatureV3.Outgoing(host: "127.0.0.1:8080", action: "Encrypt", version: "2016-01-20")
            outgoing.query = parameters(&random)
            if Bool.random(using: &random) {
                outgoing.body = Array("a=1".utf8)
                outgoing.contentType = "application/x-www-form-urlencoded"
            }
            let headers = try SignatureV3.headers(
                for: outgoing,
                accessKeyID: "testid",
                key: signingKey(),
                nonce: "\(round)",
                at: Fixture.now
            )
            #expect(await fixture.refusal(.v3(outgoing, headers: headers)) == nil)

            var changed = outgoing
            changed.query = outgoing.query + Parameters(["added": ""])
            #expect(await fixture.refusal(.v3(changed, headers: headers)) == "SignatureDoesNotMatch")
            changed = outgoing
            changed.body.append(0)
            changed.contentType = "text/plain"
            #expect(await fixture.refusal(.v3(changed, headers: headers)) != nil)
            changed = outgoing
            changed.method = "GET"
            #expect(await fixture.refusal(.v3(changed, headers: headers)) == "SignatureDoesNotMatch")
        }
    }

    @Test("names that Swift's strings take for the same are two names")
    func canonicallyEquivalentNames() async throws {
        let both = Parameters(["\u{E9}": "1", "e\u{301}": "2"])
        let text = try CanonicalQuery(both).text
        #expect(String(decoding: text, as: UTF8.self) == "e%CC%81=2&%C3%A9=1")
        let signed = try SignatureV1.signed(
            both,
            method: "GET",
            accessKeyID: "testid",
            key: signingKey(),
            nonce: "n",
            at: Fixture.now
        )
        #expect(try await Fixture().refusal(.v1(signed)) == nil)
        let swapped = signed.setting("\u{E9}", nil).setting("e\u{301}", "1")
        #expect(try await Fixture().refusal(.v1(swapped)) == "SignatureDoesNotMatch")
    }

    @Test("the canonical query sorts by the bytes of the names before they are encoded")
    func order() throws {
        // Encoded, '%' would come before letters and digits.
        let query = try CanonicalQuery(Parameters(["é": "1", "z": "2", "a.10": "3", "a.2": "4", "a": "5", "Z": "6"]))
        #expect(String(decoding: query.text, as: UTF8.self) == "Z=6&a=5&a.10=3&a.2=4&z=2&%C3%A9=1")
    }
}
