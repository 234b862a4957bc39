import KMSCore
import Testing

@testable import KMSAccess

/// The key that most questions of these suites are about.
let sampleKey = "acs:kms:cn-hangzhou:123456:key/08ec3bb9-034f-485b-b1cd-3459baa8889c"

extension AccessQuestion {
    static func asking(
        _ action: String = "kms:Encrypt",
        on resource: String = sampleKey,
        _ conditions: RequestConditions = .asking()
    ) -> AccessQuestion {
        AccessQuestion(action: action, resource: resource, conditions: conditions)
    }
}

extension AccessQuestion {
    static func asking(_ conditions: RequestConditions) -> AccessQuestion { .asking("kms:Encrypt", conditions) }
}

extension RequestConditions {
    static func asking(
        at time: Timestamp = Timestamp(seconds: 1_767_225_600),
        from source: String = "192.0.2.1",
        overTLS isSecureTransport: Bool = true,
        withFactors isMultiFactor: Bool = false,
        tags: [KMSCore.Tag] = [],
        externalID: String? = nil
    ) -> RequestConditions {
        RequestConditions(
            time: time,
            source: source,
            isSecureTransport: isSecureTransport,
            isMultiFactor: isMultiFactor,
            tags: tags,
            externalID: externalID
        )
    }
}

/// A document of these statements, written as JSON.
func document(_ statements: String...) -> String {
    "{\"Version\":\"1\",\"Statement\":[\(statements.joined(separator: ","))]}"
}

/// A statement as JSON; `actions`, `resources` and `condition` are JSON too.
func statement(
    _ effect: String = "Allow",
    _ actions: String = "\"*\"",
    on resources: String = "\"*\"",
    if condition: String? = nil
) -> String {
    let condition = condition.map { ",\"Condition\":\($0)" } ?? ""
    return "{\"Effect\":\"\(effect)\",\"Action\":\(actions),\"Resource\":\(resources)\(condition)}"
}

extension CompiledPolicy {
    init(_ text: String) throws(PolicyDocumentError) { self.init(try PolicyDocument(text)) }
}

extension PolicyAuthorizer {
    /// The policies `Custom/0`, `Custom/1` and so on, of these documents.
    init(_ documents: String..., session: String? = nil) throws(PolicyDocumentError) {
        var policies: [NamedPolicy] = []
        for (index, text) in documents.enumerated() {
            policies.append(NamedPolicy(name: "Custom/\(index)", version: "v1", policy: try CompiledPolicy(text)))
        }
        guard let session else {
            self.init(policies: policies)
            return
        }
        self.init(policies: policies, session: try CompiledPolicy(session))
    }

    func allows(_ question: AccessQuestion) -> Bool { decide(question).isAllowed }
}
