import Foundation
import KMSCore
import KMSTestKit

@testable import KMSAccess

/// Draws policies and questions from few enough pieces that they often have to do with each other.
struct RandomPolicies {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private static let actions = [
        "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ListKeys", "ram:GetUser", "KMS:ENCRYPT",
    ]
    private static let actionPatterns = [
        "*", "kms:*", "kms:Encrypt", "kms:*crypt", "KMS:?NCRYPT", "kms:List*", "*:Get*", "k?s:*Key*", "kms:??crypt",
    ]
    private static let names = [
        "key", "key/a", "key/abc", "key/aXc", "alias/\u{E9}", "alias/e\u{301}", "alias/A", "alias/名",
    ]
    private static let namePatterns = [
        "key", "key/*", "key/a?c", "key/*c", "alias/\u{E9}", "alias/?", "alias/??", "*", "a*s/*", "alias/A", "*/*",
    ]
    private static let regions = ["cn-hangzhou", "cn-beijing"]

    static let keys = [
        "acs:CurrentTime", "acs:SecureTransport", "acs:SourceIp", "acs:MFAPresent", "kms:tag/t", "kms:tag/n",
        "kms:tag/Project",
    ]
    private static let texts = [
        "", "a", "A", "ab", "true", "False", "5", "05.0", "-5", "5.25", "192.0.2.7", "2026-01-01",
        "2026-01-01T00:00:00Z",
        "\u{E9}", "e\u{301}", "x*",
    ]
    private static let numbers = ["5", "-5", "5.25", "0", "100000000000000000001", "100000000000000000000"]
    private static let dates = [
        "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00+08:00", "2025-12-31T23:59:59Z",
        "2026-01-02T00:00:00-05:30",
    ]
    private static let sources = ["192.0.2.7", "192.0.3.7", "::ffff:192.0.2.7", "2001:db8::7", "::1", "", "?"]
    private static let blocks = [
        "192.0.2.0/24", "192.0.2.7", "0.0.0.0/0", "::ffff:192.0.2.0/120", "2001:db8::/32", "::/0", "::1",
        "192.0.2.9/31",
    ]

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements.randomElement(using: &random)! }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func list(_ draw: (inout RandomPolicies) -> Any) -> Any {
        if chance(50) { return draw(&self) }
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in draw(&self) }
    }

    /// A document as JSON.
    mutating func document() throws -> String {
        let statements = (0..<Int.random(in: 1...4, using: &random)).map { _ in statement() }
        return try Self.text(["Version": "1", "Statement": statements])
    }

    private mutating func statement() -> [String: Any] {
        var statement: [String: Any] = [
            "Effect": chance(70) ? "Allow" : "Deny",
            "Action": list { $0.pick(Self.actionPatterns) },
            "Resource": list { $0.resourcePattern() },
        ]
        if chance(60) { statement["Condition"] = condition() }
        return statement
    }

    private mutating func resourcePattern() -> String {
        if chance(20) { return "*" }
        return "acs:kms:\(pick(Self.regions + ["*", "cn-*"])):\(pick(["1", "*"])):\(pick(Self.namePatterns))"
    }

    private mutating func condition() -> [String: Any] {
        var condition: [String: [String: Any]] = [:]
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let `operator` = pick(ConditionOperator.allCases)
            let key = pick(Self.keys)
            condition[`operator`.rawValue, default: [:]][key] = list { $0.value(for: `operator`) }
        }
        return condition
    }

    private mutating func value(for operator: ConditionOperator) -> Any {
        let name = `operator`.rawValue
        if name.hasPrefix("Numeric") { return chance(20) ? 5 : pick(Self.numbers) as Any }
        if name.hasPrefix("Date") { return pick(Self.dates) }
        if name.hasSuffix("IpAddress") { return pick(Self.blocks) }
        if name == "Bool" { return chance(50) ? chance(50) : pick(["true", "FALSE"]) as Any }
        return pick(Self.texts + ["*", "?", "a*"])
    }

    mutating func question() -> AccessQuestion {
        let tags = ["t", "n", "Project"].filter { _ in chance(50) }.map {
            Tag(key: $0, value: pick(Self.texts + Self.numbers))
        }
        let time = Timestamp(microseconds: 1_767_225_600_000_000 + pick([-1, 0, 1_500_000, 86_400_000_000]))
        return AccessQuestion(
            action: pick(Self.actions),
            resource: chance(5) ? "*" : "acs:kms:\(pick(Self.regions)):\(pick(["1", "2"])):\(pick(Self.names))",
            conditions: RequestConditions(
                time: time,
                source: pick(Self.sources),
                isSecureTransport: chance(50),
                isMultiFactor: chance(50),
                tags: tags
            )
        )
    }

    static func text(_ object: [String: Any]) throws -> String {
        let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}

extension PolicyDocument {
    /// The document written anew, every member as a list.
    func rewritten() throws -> String {
        func texts(_ values: [[UInt8]]) -> [String] { values.map { String(decoding: $0, as: UTF8.self) } }
        let statements = statements.map { statement in
            var object: [String: Any] = [
                "Effect": statement.effect.rawValue, "Action": texts(statement.actions),
                "Resource": texts(statement.resources),
            ]
            var condition: [String: [String: Any]] = [:]
            for part in statement.conditions {
                condition[part.operator.rawValue, default: [:]][part.check.key.name] = texts(part.values)
            }
            if !condition.isEmpty { object["Condition"] = condition }
            return object
        }
        return try RandomPolicies.text(["Version": "1", "Statement": statements])
    }
}

extension ConditionKey {
    fileprivate var name: String {
        switch self {
        case .currentTime: "acs:CurrentTime"
        case .secureTransport: "acs:SecureTransport"
        case .sourceAddress: "acs:SourceIp"
        case .multiFactor: "acs:MFAPresent"
        case .tag(let key): "kms:tag/\(key)"
        case .externalID: "sts:ExternalId"
        }
    }
}
