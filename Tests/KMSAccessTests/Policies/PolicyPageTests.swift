import Foundation
import Testing

@testable import KMSAccess

/// `Documentation/Policies.md` says what the code does.
struct PolicyPageTests {
    private let page: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        page = try String(contentsOf: root.appendingPathComponent("Documentation/Policies.md"), encoding: .utf8)
    }

    @Test("its examples are policies")
    func examples() throws {
        let blocks = page.components(separatedBy: "```json\n").dropFirst()
        let examples = blocks.map { $0.components(separatedBy: "```")[0] }
        #expect(examples.count == 2)
        for example in examples {
            if example.contains("Principal") {
                _ = try TrustPolicy(example)
            } else {
                _ = try PolicyDocument(example)
            }
        }
    }

    @Test("it lists every operator and every system policy")
    func lists() {
        for `operator` in ConditionOperator.allCases { #expect(page.contains("`\(`operator`.rawValue)`")) }
        for policy in SystemPolicies.all { #expect(page.contains("| `\(policy.name)` | \(policy.description) |\n")) }
    }
}
