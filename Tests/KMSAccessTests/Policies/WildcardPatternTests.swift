import KMSTestKit
import Testing

@testable import KMSAccess

struct WildcardPatternTests {
    private static func matches(_ pattern: String, _ text: String, ignoringCase: Bool = false) -> Bool {
        WildcardPattern(Array(pattern.utf8), ignoringCase: ignoringCase).matches(text.utf8.span)
    }

    @Test(
        "a pattern stands for the texts it should",
        arguments: [
            ("", ""), ("*", ""), ("*", "anything: at all"), ("**", ""), ("a", "a"), ("?", "a"), ("a*", "a"),
            ("*a", "a"),
            ("a*c", "ac"), ("a*c", "abbc"), ("a*c", "acc"), ("*ab*", "aab"), ("a?c", "abc"), ("*?", "a"), ("?*", "ab"),
            ("*a*b", "xaxxbxb"), ("a*a", "aa"), ("*.txt", ".txt.txt"), ("?", "é"), ("?", "名"), ("?", "😀"),
            ("??", "e\u{301}"), ("*?名", "😀名"), ("acs:kms:*:*:key/*", sampleKey), ("*é", "ééé"),
            // Only the text's own star is a star.
            ("a*", "a*"), ("a?", "a?"),
        ]
    )
    func agrees(pattern: String, text: String) {
        #expect(Self.matches(pattern, text))
    }

    @Test(
        "and for no others",
        arguments: [
            ("", "a"), ("a", ""), ("?", ""), ("a", "A"), ("a", "ab"), ("a", "ba"), ("a*", "ba"), ("*a", "ab"),
            ("a*a", "a"),
            ("a?c", "ac"), ("a?c", "abbc"), ("*?*?*", "a"), ("?", "ab"), ("?", "e\u{301}"), ("??", "😀"), ("*b*a", "ab"),
            ("acs:kms:*:*:key/*", "acs:kms:cn-hangzhou:123456:alias/key"), ("*?", ""),
        ]
    )
    func differs(pattern: String, text: String) {
        #expect(!Self.matches(pattern, text))
    }

    @Test(
        "canonically equivalent texts are different",
        arguments: [
            ("é", "e\u{301}"), ("Å", "\u{212B}"), ("*é", "xe\u{301}"), ("각", "\u{1100}\u{1161}\u{11A8}"),
        ]
    )
    func equivalents(left: String, right: String) {
        #expect(Self.matches(left, left) && Self.matches(right, right))
        #expect(!Self.matches(left, right) && !Self.matches(right, left))
        #expect(!Self.matches(left, right, ignoringCase: true))
    }

    @Test("ignoring case means ASCII letters, and nothing else")
    func ignoringCase() {
        #expect(Self.matches("KMS:enCRYPT*", "kms:EncryptAll", ignoringCase: true))
        #expect(!Self.matches("É", "é", ignoringCase: true))
        // The Kelvin sign and the long s lower to ASCII letters in Unicode.
        #expect(!Self.matches("k", "\u{212A}", ignoringCase: true))
        #expect(!Self.matches("s", "\u{17F}", ignoringCase: true))
        // Characters that lie 32 apart without being letters.
        #expect(!Self.matches("@", "`", ignoringCase: true))
        #expect(!Self.matches("[", "{", ignoringCase: true))
        #expect(!Self.matches("K", "k"))
    }

    private static func steps(_ pattern: String, _ text: String) -> Int {
        let pattern = WildcardPattern(Array(pattern.utf8))
        var walk = WildcardWalk()
        var steps = 1
        while walk.step(along: pattern, text.utf8.span) == nil { steps += 1 }
        return steps
    }

    @Test("many stars take steps in proportion to the text, not a power of it")
    func stars() {
        for count in [10, 100, 1_000] {
            let text = String(repeating: "a", count: count)
            let pattern = String(repeating: "*a", count: count / 2)
            #expect(!Self.matches(pattern + "*b", text))
            #expect(Self.steps(pattern + "*b", text) <= 4 * count)
            #expect(Self.steps(pattern + "b", text) <= 4 * count)
            #expect(Self.steps(String(repeating: "*?", count: count / 2) + "*b", text) <= 4 * count)
        }
    }

    @Test("a long piece between stars takes at most its length for each byte of the text")
    func longPiece() {
        let text = String(repeating: "a", count: 300)
        for length in [1, 10, 100, 299, 300, 301, 6_000] {
            let pattern = "*" + String(repeating: "a", count: length) + "b*"
            #expect(!Self.matches(pattern, text))
            #expect(Self.steps(pattern, text) <= 2 + (text.utf8.count + 1) * min(length + 2, text.utf8.count + 2))
        }
    }

    @Test("random patterns stand for what the obvious definition says")
    func randomPatterns() {
        var random = SeededGenerator(seed: 21)
        let pieces = ["a", "b", "*", "?", "é", "\u{301}", "e", "😀"]
        var agreed = 0
        for _ in 0..<20_000 {
            let pattern = (0..<Int.random(in: 0...7, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            let text = (0..<Int.random(in: 0...7, using: &random)).map { _ in pieces.randomElement(using: &random)! }
            let expected = PolicyTwin.matches(pattern.joined(), text.joined())
            if expected { agreed += 1 }
            #expect(Self.matches(pattern.joined(), text.joined()) == expected, "\(pattern) \(text)")
        }
        #expect(agreed > 500)
    }
}
