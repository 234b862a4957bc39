import KMSCore
import Testing

@testable import KMSAccess

/// One comparison: the operator, the document's values as JSON, the request's value (nil where it has none), and what
/// comes of it.
struct Comparing: Sendable, CustomTestStringConvertible {
    let `operator`: ConditionOperator
    let values: String
    let value: String?
    let outcome: ConditionOutcome

    var testDescription: String { "\(`operator`.rawValue) \(values), \(value ?? "absent"): \(outcome)" }

    static func row(
        _ operator: ConditionOperator,
        _ values: String,
        holds: [String?] = [],
        fails: [String?] = [],
        undecidable: [String?] = []
    ) -> [Comparing] {
        let outcomes: [(ConditionOutcome, [String?])] = [(.holds, holds), (.fails, fails), (.undecidable, undecidable)]
        return outcomes.flatMap { outcome, requests in
            requests.map { Comparing(operator: `operator`, values: values, value: $0, outcome: outcome) }
        }
    }
}

/// The operators, each asked of a tag, whose value can be any text.
struct ConditionOperatorTests {
    private static let ab = "[\"a\",\"b\"]"
    private static let numbers = "[\"2\",5.5]"
    private static let days = "[\"2026-01-02\",\"2026-01-04T00:00:00Z\"]"
    private static let blocks = "[\"192.0.2.0/24\",\"2001:db8::1\"]"
    private static let notNumbers: [String?] = ["", "x", "1e0", "2 "]
    private static let notDates: [String?] = ["", "x", "2026-02-30", "1767225600"]
    private static let notAddresses: [String?] = ["", "x", "192.0.2.0/24", "192.0.2.1:443"]

    static let table: [Comparing] = [
        Comparing.row(.stringEquals, ab, holds: ["a", "b"], fails: ["A", "", "ab", "*", nil]),
        Comparing.row(.stringEquals, "\"*\"", holds: ["*"], fails: ["a", nil]),
        Comparing.row(.stringEquals, "\"\"", holds: [""], fails: ["a", nil]),
        Comparing.row(.stringEquals, "[true,7]", holds: ["true", "7"], fails: ["True", "7.0", nil]),
        Comparing.row(.stringEquals, "\"é\"", holds: ["é"], fails: ["e\u{301}"]),
        Comparing.row(.stringNotEquals, ab, holds: ["A", "", "c", nil], fails: ["a", "b"]),
        Comparing.row(.stringNotEquals, "\"é\"", holds: ["e\u{301}"], fails: ["é"]),
        Comparing.row(
            .stringEqualsIgnoreCase,
            "[\"Apollo\",\"é\"]",
            holds: ["aPOLLO", "é"],
            fails: ["apoll", "É", nil]
        ),
        Comparing.row(.stringNotEqualsIgnoreCase, "\"Apollo\"", holds: ["x", nil], fails: ["APOLLO"]),
        Comparing.row(.stringLike, "[\"a*\",\"?b\"]", holds: ["a", "abc", "xb"], fails: ["b", "xxb", "A", "", nil]),
        Comparing.row(.stringNotLike, "[\"a*\",\"?b\"]", holds: ["b", "xxb", "", nil], fails: ["a", "xb"]),

        Comparing.row(
            .numericEquals,
            numbers,
            holds: ["2", "02.0", "5.5"],
            fails: ["3", nil],
            undecidable: notNumbers
        ),
        Comparing.row(.numericNotEquals, numbers, holds: ["3", "-2", nil], fails: ["2.0"], undecidable: notNumbers),
        Comparing.row(
            .numericLessThan,
            numbers,
            holds: ["-9", "5.4"],
            fails: ["5.5", "6", nil],
            undecidable: notNumbers
        ),
        Comparing.row(.numericLessThanEquals, numbers, holds: ["5.5"], fails: ["5.51", nil], undecidable: notNumbers),
        Comparing.row(.numericGreaterThan, numbers, holds: ["2.1"], fails: ["2", "1", nil], undecidable: notNumbers),
        Comparing.row(.numericGreaterThanEquals, numbers, holds: ["2"], fails: ["1.9", nil], undecidable: notNumbers),

        Comparing.row(
            .dateEquals,
            days,
            holds: ["2026-01-02T00:00:00Z"],
            fails: ["2026-01-03", nil],
            undecidable: notDates
        ),
        Comparing.row(.dateNotEquals, days, holds: ["2026-01-03", nil], fails: ["2026-01-04"], undecidable: notDates),
        Comparing.row(.dateLessThan, days, holds: ["2026-01-03"], fails: ["2026-01-04", nil], undecidable: notDates),
        Comparing.row(
            .dateLessThanEquals,
            days,
            holds: ["2026-01-04"],
            fails: ["2026-01-05", nil],
            undecidable: notDates
        ),
        Comparing.row(
            .dateGreaterThan,
            days,
            holds: ["2026-01-03"],
            fails: ["2026-01-02", nil],
            undecidable: notDates
        ),
        Comparing.row(
            .dateGreaterThanEquals,
            days,
            holds: ["2026-01-02"],
            fails: ["2026-01-01", nil],
            undecidable: notDates
        ),

        Comparing.row(
            .bool,
            "\"true\"",
            holds: ["true", "TRUE"],
            fails: ["false", nil],
            undecidable: ["", "1", "yes"]
        ),
        Comparing.row(.bool, "[false]", holds: ["false"], fails: ["true", nil], undecidable: ["no"]),
        Comparing.row(.bool, "[true,\"False\"]", holds: ["false", "true"], fails: [nil], undecidable: ["x"]),

        Comparing.row(
            .ipAddress,
            blocks,
            holds: ["192.0.2.9", "::ffff:192.0.2.9", "2001:DB8::1"],
            fails: ["192.0.3.1", "2001:db8::2", nil],
            undecidable: notAddresses
        ),
        Comparing.row(
            .notIPAddress,
            blocks,
            holds: ["192.0.3.1", "::1", nil],
            fails: ["192.0.2.9", "::ffff:c000:2ff", "2001:db8::1"],
            undecidable: notAddresses
        ),
    ].flatMap { $0 }

    @Test("the table has every operator, with an absent value, and with every outcome that it can have")
    func tableIsWhole() {
        for `operator` in ConditionOperator.allCases {
            let rows = Self.table.filter { $0.operator == `operator` }
            #expect(rows.contains { $0.value == nil }, "\(`operator`)")
            #expect(rows.contains { $0.outcome == .holds && $0.value != nil }, "\(`operator`)")
            #expect(rows.contains { $0.outcome == .fails && $0.value != nil }, "\(`operator`)")
            let comparesText = `operator`.rawValue.hasPrefix("String")
            #expect(rows.contains { $0.outcome == .undecidable } != comparesText, "\(`operator`)")
        }
    }

    @Test("a comparison counts as it should in Allow, and in Deny", arguments: table)
    func comparison(_ row: Comparing) throws {
        let condition = "{\"\(row.operator.rawValue)\":{\"kms:tag/t\":\(row.values)}}"
        let tags =
            [KMSCore.Tag(key: "T", value: "a"), KMSCore.Tag(key: "tt", value: "a")]
            + (row.value.map { [KMSCore.Tag(key: "t", value: $0)] } ?? [])
        let question = AccessQuestion.asking(.asking(tags: tags))

        let allowing = try PolicyAuthorizer(document(statement(if: condition)))
        #expect(allowing.allows(question) == (row.outcome == .holds))
        let denying = try PolicyAuthorizer(document(statement(), statement("Deny", if: condition)))
        #expect(denying.allows(question) == (row.outcome == .fails))
        #expect(allowing.asksForTags && denying.asksForTags)
    }

    @Test("keys are all asked, operators too, and each has its own say")
    func allMustHold() throws {
        let condition = """
            {"StringEquals":{"kms:tag/a":"1","kms:tag/b":["2","3"]},"StringNotEquals":{"kms:tag/a":"9","kms:tag/c":"4"}}
            """
        let authorizer = try PolicyAuthorizer(document(statement(if: condition)))
        func allows(_ pairs: KeyValuePairs<String, String>) -> Bool {
            authorizer.allows(.asking(.asking(tags: pairs.map { KMSCore.Tag(key: $0.key, value: $0.value) })))
        }
        #expect(allows(["a": "1", "b": "2"]))
        #expect(allows(["a": "1", "b": "3", "c": "5"]))
        #expect(!allows(["a": "1"]))
        #expect(!allows(["b": "2"]))
        #expect(!allows(["a": "1", "b": "2", "c": "4"]))
        #expect(!allows(["a": "9", "b": "2"]))
    }

    @Test("a condition in doubt does not hide that another fails")
    func doubtAndFailure() throws {
        let condition = "{\"NumericEquals\":{\"kms:tag/n\":1},\"StringEquals\":{\"kms:tag/s\":\"x\"}}"
        let denying = try PolicyAuthorizer(document(statement(), statement("Deny", if: condition)))
        func allows(_ text: String) -> Bool {
            denying.allows(
                .asking(.asking(tags: [KMSCore.Tag(key: "n", value: "?"), KMSCore.Tag(key: "s", value: text)]))
            )
        }
        #expect(!allows("x"))
        #expect(allows("y"))
    }
}

/// The keys that every policy may ask for.
struct ConditionKeyTests {
    private static func allows(_ condition: String, _ conditions: RequestConditions) throws -> Bool {
        try PolicyAuthorizer(document(statement(if: condition))).allows(.asking(conditions))
    }

    @Test("acs:CurrentTime is the time in whole seconds")
    func time() throws {
        let condition = "{\"DateEquals\":{\"acs:CurrentTime\":\"2026-01-01T08:00:00+08:00\"}}"
        let start: Int64 = 1_767_225_600_000_000
        #expect(try Self.allows(condition, .asking(at: Timestamp(microseconds: start))))
        #expect(try Self.allows(condition, .asking(at: Timestamp(microseconds: start + 999_999))))
        #expect(try !Self.allows(condition, .asking(at: Timestamp(microseconds: start - 1))))
        #expect(try !Self.allows(condition, .asking(at: Timestamp(microseconds: start + 1_000_000))))
        #expect(try Self.allows("{\"StringLike\":{\"acs:CurrentTime\":\"2026-01-0?T*Z\"}}", .asking()))
    }

    @Test("acs:SecureTransport and acs:MFAPresent are true or false, written as texts or not")
    func flags() throws {
        for value in ["true", "\"true\""] {
            let tls = "{\"Bool\":{\"acs:SecureTransport\":\(value)}}"
            #expect(try Self.allows(tls, .asking(overTLS: true)))
            #expect(try !Self.allows(tls, .asking(overTLS: false)))
            let factors = "{\"Bool\":{\"acs:MFAPresent\":[\(value)]}}"
            #expect(try Self.allows(factors, .asking(withFactors: true)))
            #expect(try !Self.allows(factors, .asking(withFactors: false)))
        }
        #expect(try Self.allows("{\"StringEquals\":{\"acs:SecureTransport\":\"false\"}}", .asking(overTLS: false)))
    }

    @Test("acs:SourceIp is the address; one that cannot be read is in no block and out of none")
    func source() throws {
        let inside = "{\"IpAddress\":{\"acs:SourceIp\":[\"192.0.2.0/24\"]}}"
        let outside = "{\"NotIpAddress\":{\"acs:SourceIp\":[\"192.0.2.0/24\"]}}"
        #expect(try Self.allows(inside, .asking(from: "::ffff:192.0.2.200")))
        #expect(try !Self.allows(outside, .asking(from: "::ffff:192.0.2.200")))
        #expect(try Self.allows(outside, .asking(from: "198.51.100.1")))
        for source in ["", "unix", "192.0.2.1%eth0"] {
            #expect(try !Self.allows(inside, .asking(from: source)))
            #expect(try !Self.allows(outside, .asking(from: source)))
            let denying = try PolicyAuthorizer(document(statement(), statement("Deny", if: outside)))
            #expect(!denying.allows(.asking(.asking(from: source))))
        }
    }

    @Test("an operator that cannot compare such a key allows nothing and denies everything")
    func mismatched() throws {
        let conditions = [
            "{\"NumericEquals\":{\"acs:SecureTransport\":1}}", "{\"Bool\":{\"acs:CurrentTime\":true}}",
            "{\"DateLessThan\":{\"acs:MFAPresent\":\"2030-01-01\"}}", "{\"IpAddress\":{\"acs:CurrentTime\":\"::/0\"}}",
            "{\"DateNotEquals\":{\"acs:SourceIp\":\"2030-01-01\"}}", "{\"NumericNotEquals\":{\"acs:CurrentTime\":1}}",
        ]
        for condition in conditions {
            #expect(try !Self.allows(condition, .asking()), "\(condition)")
            let denying = try PolicyAuthorizer(document(statement(), statement("Deny", if: condition)))
            #expect(!denying.allows(.asking()), "\(condition)")
        }
    }
}
