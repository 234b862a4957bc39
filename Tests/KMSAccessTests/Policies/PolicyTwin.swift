import Foundation
import KMSCore

@testable import KMSAccess

/// The same decisions as ``PolicyAuthorizer``, made slowly and in the most obvious way: no preparation, recursion over
/// scalars, values read anew each time and by other means.
enum PolicyTwin {
    struct Named {
        let name: String
        let document: PolicyDocument
    }

    static func decide(_ policies: [Named], session: PolicyDocument?, _ question: AccessQuestion) -> Decision {
        let everything = policies + (session.map { [Named(name: "session policy", document: $0)] } ?? [])
        if let denial = first(.deny, of: everything, question) { return .denied(by: denial) }
        guard let permission = first(.allow, of: policies, question) else { return .notAllowed }
        if let session, first(.allow, of: [Named(name: "", document: session)], question) == nil {
            return .notAllowedBySession
        }
        return .allowed(by: permission)
    }

    private static func first(
        _ effect: PolicyEffect,
        of policies: [Named],
        _ question: AccessQuestion
    ) -> StatementName? {
        for policy in policies {
            for (offset, statement) in policy.document.statements.enumerated() where statement.effect == effect {
                if applies(statement, to: question) {
                    return StatementName(policy: policy.name, version: "v1", index: offset + 1)
                }
            }
        }
        return nil
    }

    private static func applies(_ statement: PolicyStatement, to question: AccessQuestion) -> Bool {
        guard
            statement.actions.contains(where: { matches(lower(text($0)), lower(question.action)) }),
            statement.resources.contains(where: { matches(text($0), question.resource) })
        else { return false }
        for condition in statement.conditions {
            let value = value(of: condition.check.key, question.conditions)
            let holds = value.map { Self.holds(condition, $0) } ?? Optional(condition.operator.rawValue.contains("Not"))
            if !(holds ?? (statement.effect == .deny)) { return false }
        }
        return true
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func lower(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isASCII ? lower($0) : $0 }))
    }

    private static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        scalar.properties.lowercaseMapping.unicodeScalars.first!
    }

    static func matches(_ pattern: String, _ text: String) -> Bool {
        matches(Array(pattern.unicodeScalars)[...], Array(text.unicodeScalars)[...])
    }

    private static func matches(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        switch pattern.first {
        case nil: text.isEmpty
        case "*": matches(pattern.dropFirst(), text) || !text.isEmpty && matches(pattern, text.dropFirst())
        case "?": !text.isEmpty && matches(pattern.dropFirst(), text.dropFirst())
        case let scalar?: text.first == scalar && matches(pattern.dropFirst(), text.dropFirst())
        }
    }

    private static func value(of key: ConditionKey, _ conditions: RequestConditions) -> String? {
        switch key {
        case .currentTime: conditions.time.description
        case .secureTransport: "\(conditions.isSecureTransport)"
        case .sourceAddress: conditions.source
        case .multiFactor: "\(conditions.isMultiFactor)"
        case .tag(let name): conditions.tags.first { $0.key == name }?.value
        case .externalID: conditions.externalID
        }
    }

    /// Whether the condition holds for a value that is there; nil where that cannot be said.
    private static func holds(_ condition: PolicyCondition, _ value: String) -> Bool? {
        let values = condition.values.map(text)
        func any<Value>(_ read: (String) -> Value?, _ agree: (Value, Value) -> Bool) -> Bool? {
            guard let value = read(value) else { return nil }
            return values.contains { agree(value, read($0)!) }
        }
        func none<Value>(_ read: (String) -> Value?, _ agree: (Value, Value) -> Bool) -> Bool? {
            any(read, agree).map { !$0 }
        }
        func same(_ one: String, _ other: String) -> Bool { Array(one.utf8) == Array(other.utf8) }
        return switch condition.operator {
        case .stringEquals: any({ $0 }, same)
        case .stringNotEquals: none({ $0 }, same)
        case .stringEqualsIgnoreCase: any(lower, same)
        case .stringNotEqualsIgnoreCase: none(lower, same)
        case .stringLike: any({ $0 }, { matches($1, $0) })
        case .stringNotLike: none({ $0 }, { matches($1, $0) })
        case .numericEquals: any(number, ==)
        case .numericNotEquals: none(number, ==)
        case .numericLessThan: any(number, <)
        case .numericLessThanEquals: any(number, <=)
        case .numericGreaterThan: any(number, >)
        case .numericGreaterThanEquals: any(number, >=)
        case .dateEquals: any(date, ==)
        case .dateNotEquals: none(date, ==)
        case .dateLessThan: any(date, <)
        case .dateLessThanEquals: any(date, <=)
        case .dateGreaterThan: any(date, >)
        case .dateGreaterThanEquals: any(date, >=)
        case .bool: any({ ["true": true, "false": false][lower($0)] }, ==)
        case .ipAddress: any(bits) { $0.starts(with: $1) }
        case .notIPAddress: none(bits) { $0.starts(with: $1) }
        }
    }

    private static func number(_ text: String) -> Decimal? {
        text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) == nil ? nil : Decimal(string: text)
    }

    private static func date(_ text: String) -> Date? {
        let day = text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
        return try? Date(day ? text + "T00:00:00Z" : text, strategy: .iso8601)
    }

    /// The bits of an address, or those of a block that count, as a text that begins with the family. Knows the forms
    /// that the questions and documents of this suite have.
    private static func bits(_ text: String) -> String? {
        let parts = text.split(separator: "/")
        guard let address = parts.first, let bits = binary(String(address)) else { return nil }
        guard parts.count == 2, let length = Int(parts[1]) else { return bits }
        let isMapped = address.hasPrefix("::ffff:")
        return String(bits.prefix(1 + length - (isMapped ? 96 : 0)))
    }

    private static func binary(_ address: String) -> String? {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number, radix: 2)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        if address.hasPrefix("::ffff:") { return binary(String(address.dropFirst(7))) }
        let numbers = address.split(separator: ".").map { Int($0) }
        if numbers.count == 4, !numbers.contains(nil) { return "4" + numbers.map { padded($0!, 8) }.joined() }
        let halves = address.components(separatedBy: "::")
        guard halves.count == 2 else { return nil }
        let groups = halves.map { $0.split(separator: ":").map { padded(Int($0, radix: 16)!, 16) }.joined() }
        return "6" + groups[0] + String(repeating: "0", count: 128 - groups[0].count - groups[1].count) + groups[1]
    }
}
