import Testing

@testable import KMSAccess

struct PolicyDocumentTests {
    private static func explanation(_ text: String) -> String? {
        do throws(PolicyDocumentError) {
            _ = try PolicyDocument(text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test("a document with every member is read whole")
    func whole() throws {
        let text = """
            {
              "Statement": [
                {"Effect": "Deny", "Action": "kms:*", "Resource": "acs:kms:*"},
                {
                  "Condition": {"IpAddress": {"acs:SourceIp": ["::1", "10.0.0.0/8"]}, "Bool": {"acs:MFAPresent": true}},
                  "Resource": ["acs:kms:*:*:key/*", "*"], "Action": ["kms:Encrypt", "*"], "Effect": "Allow"
                }
              ],
              "Version": "1"
            }
            """
        let statements = try PolicyDocument(text).statements
        #expect(statements.map(\.effect) == [.deny, .allow])
        #expect(statements[0].actions == [Array("kms:*".utf8)])
        #expect(statements[1].resources == [Array("acs:kms:*:*:key/*".utf8), Array("*".utf8)])
        let conditions = statements[1].conditions
        #expect(conditions.map(\.operator) == [.ipAddress, .bool])
        #expect(conditions.map(\.check.key) == [.sourceAddress, .multiFactor])
        #expect(conditions[0].values == [Array("::1".utf8), Array("10.0.0.0/8".utf8)])
        #expect(conditions[1].values == [Array("true".utf8)])
    }

    @Test(
        "what frames the statements must be right",
        arguments: [
            "", "null", "[]", "\"\"", "{", "{}", "{\"Version\":\"1\"}", "{\"Statement\":[\(statement())]}",
            "{\"Version\":1,\"Statement\":[\(statement())]}", "{\"Version\":\"2\",\"Statement\":[\(statement())]}",
            "{\"Version\":\"1\",\"Statement\":[]}", "{\"Version\":\"1\",\"Statement\":\(statement())}",
            "{\"Version\":\"1\",\"Statement\":[\"Allow\"]}",
            "{\"Version\":\"1\",\"Statement\":[\(statement())],\"Id\":\"x\"}",
            "{\"version\":\"1\",\"Statement\":[\(statement())]}", document(statement()) + "x",
            "\u{FEFF}" + document(statement()),
            "{\"Version\":\"1\",\"Version\":\"1\",\"Statement\":[\(statement())]}",
            "{\"Version\":\"1\",\"Statement\":[null]}",
        ]
    )
    func frame(text: String) {
        #expect(Self.explanation(text) != nil)
    }

    @Test(
        "members that are not of the grammar are refused by name",
        arguments: [
            "NotAction", "NotResource", "Principal", "NotPrincipal", "Sid", "action", "Conditions", "effect",
        ]
    )
    func unknownMember(name: String) {
        let text = document(statement(), statement().dropLast() + ",\"\(name)\":\"*\"}")
        let explanation = Self.explanation(text)
        #expect(explanation?.hasPrefix("Statement 2: ") == true && explanation?.contains("\"\(name)\"") == true)
    }

    @Test("no member may be missing", arguments: ["Effect", "Action", "Resource"])
    func missing(name: String) {
        let members = ["Effect": "\"Allow\"", "Action": "\"*\"", "Resource": "\"*\""]
        let rest = members.filter { $0.key != name }.map { "\"\($0.key)\":\($0.value)" }
        #expect(Self.explanation(document("{\(rest.joined(separator: ","))}")) == "Statement 1: \(name) is missing.")
    }

    @Test("an effect is Allow or Deny", arguments: ["allow", "ALLOW", "", "Permit", "Deny "])
    func effect(text: String) {
        #expect(Self.explanation(document(statement(text))) == "Statement 1: Effect must be Allow or Deny.")
    }

    @Test(
        "an action is * or names a service and an operation",
        arguments: [
            "\"\"", "\"kms\"", "\"kms*\"", "\"kms:\"", "\":Encrypt\"", "\"kms:Encrypt:x\"", "\"kms:En crypt\"",
            "\"kms:é\"",
            "[]", "[\"kms:*\",5]", "[[\"kms:*\"]]", "{}", "null", "true", "5", "[\"kms:*\",\"x\"]", "\"kms:En\\u0000\"",
            "\"**\"",
        ]
    )
    func action(json: String) {
        #expect(Self.explanation(document(statement("Allow", json)))?.hasPrefix("Statement 1: ") == true)
    }

    @Test(
        "a resource is a whole name",
        arguments: [
            "\"\"", "\"key/1\"", "\"acs:kms:cn-hangzhou:key/1\"", "\"ACS:kms:*:*:*\"", "\"arn:aws:kms:*:*:*\"", "\"?\"",
            "[]", "[\"*\",\"\"]",
            "{}", "null", "false", "7",
        ]
    )
    func resource(json: String) {
        #expect(Self.explanation(document(statement("Allow", on: json)))?.hasPrefix("Statement 1: ") == true)
    }

    @Test(
        "a condition is operators of keys of values",
        arguments: [
            "{}", "[]", "null", "\"x\"", "{\"Bool\":{}}", "{\"Bool\":[]}", "{\"Bool\":null}", "{\"Bool\":true}",
            "{\"Bool\":{\"acs:MFAPresent\":[]}}", "{\"Bool\":{\"acs:MFAPresent\":null}}",
            "{\"Bool\":{\"acs:MFAPresent\":{}}}",
            "{\"Bool\":{\"acs:MFAPresent\":[[true]]}}", "{\"Bool\":{\"acs:MFAPresent\":[true,null]}}",
            // Operators.
            "{\"bool\":{\"acs:MFAPresent\":true}}", "{\"BoolIfExists\":{\"acs:MFAPresent\":true}}",
            "{\"Null\":{\"acs:MFAPresent\":true}}", "{\"ForAnyValue:StringEquals\":{\"acs:MFAPresent\":\"true\"}}",
            "{\"StringEquals \":{\"acs:MFAPresent\":\"true\"}}",
            // Keys.
            "{\"Bool\":{\"acs:mfapresent\":true}}", "{\"Bool\":{\"MFAPresent\":true}}", "{\"Bool\":{\"\":true}}",
            "{\"StringEquals\":{\"sts:ExternalId\":\"x\"}}", "{\"StringEquals\":{\"kms:tag/\":\"x\"}}",
            "{\"StringEquals\":{\"kms:tag\":\"x\"}}", "{\"StringEquals\":{\"kms:Tag/a\":\"x\"}}",
            "{\"StringEquals\":{\"kms:tag/a b\":\"x\"}}", "{\"StringEquals\":{\"kms:tag/acs:x\":\"x\"}}",
            "{\"StringEquals\":{\"acs:SourceIp\\u0000\":\"x\"}}", "{\"StringEquals\":{\"kms:tag/é\":\"x\"}}",
            "{\"StringEquals\":{\"kms:tag/\(String(repeating: "a", count: 129))\":\"x\"}}",
            // Values.
            "{\"Bool\":{\"acs:MFAPresent\":\"yes\"}}", "{\"Bool\":{\"acs:MFAPresent\":1}}",
            "{\"Bool\":{\"acs:MFAPresent\":[true,\"\"]}}",
            "{\"NumericEquals\":{\"kms:tag/a\":\"1,5\"}}", "{\"NumericEquals\":{\"kms:tag/a\":1e3}}",
            "{\"NumericLessThan\":{\"kms:tag/a\":true}}", "{\"NumericLessThan\":{\"kms:tag/a\":[1,\"x\"]}}",
            "{\"DateLessThan\":{\"acs:CurrentTime\":\"tomorrow\"}}",
            "{\"DateLessThan\":{\"acs:CurrentTime\":\"2026-02-30\"}}",
            "{\"DateGreaterThan\":{\"acs:CurrentTime\":1767225600}}",
            "{\"IpAddress\":{\"acs:SourceIp\":\"10.0.0.0/33\"}}",
            "{\"IpAddress\":{\"acs:SourceIp\":\"10.0.0\"}}",
            "{\"NotIpAddress\":{\"acs:SourceIp\":[\"::1\",\"example.com\"]}}",
        ]
    )
    func condition(json: String) {
        #expect(Self.explanation(document(statement(if: json)))?.hasPrefix("Statement 1, Condition") == true)
    }

    @Test("a value that cannot be read is named by its place and its kind")
    func explanations() {
        #expect(
            Self.explanation(document(statement(), statement(if: "{\"IpAddress\":{\"acs:SourceIp\":\"10.0.0\"}}")))
                == "Statement 2, Condition IpAddress: acs:SourceIp must be an address or a block, such as 192.0.2.1, "
                + "192.0.2.0/24 or 2001:db8::/32."
        )
    }

    @Test("an error repeats no more than a plain name")
    func quoting() {
        for name in ["é", "a\\u0000b", "a b", "<\\n>", String(repeating: "x", count: 65)] {
            let explanation = Self.explanation("{\"Version\":\"1\",\"\(name)\":1}") ?? ""
            #expect(explanation.contains("with an unusual name") && explanation.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
        }
    }

    @Test("nesting has an end")
    func depth() {
        let deep = String(repeating: "[", count: 3_000) + String(repeating: "]", count: 3_000)
        #expect(Self.explanation(document(statement("Allow", deep))) != nil)
        #expect(Self.explanation(document(statement(if: "{\"Bool\":{\"acs:MFAPresent\":\(deep)}}"))) != nil)
        #expect(Self.explanation(String(repeating: "{\"Statement\":", count: 3_000)) != nil)
    }
}
