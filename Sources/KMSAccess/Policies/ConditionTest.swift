internal import KMSCore

/// The values of a condition, read as its operator reads them, and how a request's value must stand to them.
struct ConditionTest: Sendable {
    /// What a request's value is compared with; one of the values must agree.
    private enum Expected: Sendable {
        case texts([[UInt8]])
        /// In lower case, as far as they are ASCII.
        case textsIgnoringCase([[UInt8]])
        case patterns([WildcardPattern])
        case numbers(Comparison, [DecimalNumber])
        /// In seconds since 1970.
        case moments(Comparison, [Int64])
        case flags([Bool])
        case blocks([AddressBlock])
    }

    private let expected: Expected
    /// See ``ConditionOperator/isNegated``.
    private let isNegated: Bool

    /// Nil if a value is not what the operator compares.
    init?(_ operator: ConditionOperator, _ values: [[UInt8]]) {
        guard let expected = Self.expected(`operator`, values) else { return nil }
        self.expected = expected
        isNegated = `operator`.isNegated
    }

    private static func expected(_ operator: ConditionOperator, _ values: [[UInt8]]) -> Expected? {
        func numbers(_ comparison: Comparison) -> Expected? {
            all(values, DecimalNumber.init).map { .numbers(comparison, $0) }
        }
        func moments(_ comparison: Comparison) -> Expected? {
            all(values) { Timestamp(policyText: $0)?.seconds }.map { .moments(comparison, $0) }
        }
        return switch `operator` {
        case .stringEquals, .stringNotEquals: .texts(values)
        case .stringEqualsIgnoreCase, .stringNotEqualsIgnoreCase:
            .textsIgnoringCase(values.map { $0.map(\.lowercasedASCII) })
        case .stringLike, .stringNotLike: .patterns(values.map { WildcardPattern($0) })
        case .numericEquals, .numericNotEquals: numbers(.equal)
        case .numericLessThan: numbers(.less)
        case .numericLessThanEquals: numbers(.lessOrEqual)
        case .numericGreaterThan: numbers(.greater)
        case .numericGreaterThanEquals: numbers(.greaterOrEqual)
        case .dateEquals, .dateNotEquals: moments(.equal)
        case .dateLessThan: moments(.less)
        case .dateLessThanEquals: moments(.lessOrEqual)
        case .dateGreaterThan: moments(.greater)
        case .dateGreaterThanEquals: moments(.greaterOrEqual)
        case .bool: all(values) { Bool(policyText: $0) }.map { .flags($0) }
        case .ipAddress, .notIPAddress:
            all(values) { AddressBlock(String(decoding: $0, as: UTF8.self)) }.map { .blocks($0) }
        }
    }

    private static func all<Value>(_ values: [[UInt8]], _ read: ([UInt8]) -> Value?) -> [Value]? {
        let results = values.compactMap(read)
        return results.count == values.count ? results : nil
    }

    /// Whether the request's value, nil where it has none, is as the condition wants it.
    func outcome(for value: RequestValue?) -> ConditionOutcome {
        guard let value else { return isNegated ? .holds : .fails }
        guard let agrees = agrees(value) else { return .undecidable }
        return agrees == isNegated ? .fails : .holds
    }

    /// Whether one of the expected values agrees with the request's, or nil if that cannot be read as they are.
    private func agrees(_ value: RequestValue) -> Bool? {
        switch expected {
        case .texts(let texts):
            let text = value.text
            return texts.contains { $0.elementsEqual(text.utf8) }
        case .textsIgnoringCase(let texts):
            let text = value.text
            return texts.contains { $0.elementsEqual(text.utf8.lazy.map(\.lowercasedASCII)) }
        case .patterns(let patterns):
            let text = value.text
            return patterns.contains { $0.matches(text.utf8.span) }
        case .numbers(let comparison, let numbers):
            guard case .text(let text) = value, let number = DecimalNumber(text.utf8) else { return nil }
            return numbers.contains { comparison.holds(number, $0) }
        case .moments(let comparison, let moments):
            guard let seconds = value.seconds else { return nil }
            return moments.contains { comparison.holds(seconds, $0) }
        case .flags(let flags):
            guard let flag = value.flag else { return nil }
            return flags.contains(flag)
        case .blocks(let blocks):
            guard case .text(let text) = value, let address = NetworkAddress(text) else { return nil }
            return blocks.contains { $0.contains(address) }
        }
    }
}

/// What came of a condition.
enum ConditionOutcome: Sendable {
    case holds
    case fails
    /// The request's value cannot be read as the operator reads values.
    case undecidable

    /// Whether the statement applies as far as this condition goes: in doubt it denies and does not allow.
    func counts(for effect: PolicyEffect) -> Bool {
        switch self {
        case .holds: true
        case .fails: false
        case .undecidable: effect == .deny
        }
    }
}

/// A request's value for a condition key.
enum RequestValue: Sendable {
    case text(String)
    case flag(Bool)
    case moment(Timestamp)

    /// The value as text operators see it.
    var text: String {
        switch self {
        case .text(let text): text
        case .flag(let flag): flag ? "true" : "false"
        case .moment(let moment): moment.description
        }
    }

    /// Seconds since 1970, if the value is a moment.
    var seconds: Int64? {
        switch self {
        case .text(let text): Timestamp(policyText: Array(text.utf8))?.seconds
        case .flag: nil
        case .moment(let moment): moment.seconds
        }
    }

    /// The value as a truth value, if it is one.
    var flag: Bool? {
        switch self {
        case .text(let text): Bool(policyText: Array(text.utf8))
        case .flag(let flag): flag
        case .moment: nil
        }
    }
}

extension Bool {
    /// `true` or `false`, in any case.
    fileprivate init?(policyText text: [UInt8]) {
        let text = text.map(\.lowercasedASCII)
        if text.elementsEqual("true".utf8) {
            self = true
        } else if text.elementsEqual("false".utf8) {
            self = false
        } else {
            return nil
        }
    }
}
