internal import KMSCore

/// A policy made ready to be asked, once for all who have it.
package struct CompiledPolicy: Sendable {
    private let denials: [CompiledStatement]
    private let permissions: [CompiledStatement]
    /// Whether a statement asks for tags of keys.
    package let asksForTags: Bool
    /// About what it takes up in memory, in bytes: many times its document where that lists short names.
    let byteEstimate: Int

    package init(_ document: PolicyDocument) {
        let statements = document.statements.enumerated().map { CompiledStatement($1, index: $0 + 1) }
        denials = statements.filter { $0.effect == .deny }
        permissions = statements.filter { $0.effect == .allow }
        byteEstimate = document.statements.reduce(256) { sum, statement in
            let texts = statement.actions + statement.resources + statement.conditions.flatMap(\.values)
            return texts.reduce(sum + 256 + 128 * statement.conditions.count) { $0 + 64 + $1.count }
        }
        asksForTags = statements.contains { $0.checks.contains(where: \.asksForTags) }
    }

    /// The number of the first statement that denies what is asked, from 1.
    func denial(of question: AccessQuestion) -> Int? { Self.first(of: denials, matching: question) }

    /// The number of the first statement that allows what is asked, from 1; denials are another question.
    func permission(for question: AccessQuestion) -> Int? { Self.first(of: permissions, matching: question) }

    private static func first(of statements: [CompiledStatement], matching question: AccessQuestion) -> Int? {
        for statement in statements where statement.matches(question) { return statement.index }
        return nil
    }
}

private struct CompiledStatement: Sendable {
    let effect: PolicyEffect
    /// Its number in the document, from 1.
    let index: Int
    let checks: [ConditionCheck]
    private let actions: [WildcardPattern]
    private let resources: [WildcardPattern]

    init(_ statement: PolicyStatement, index: Int) {
        effect = statement.effect
        self.index = index
        checks = statement.conditions.map(\.check)
        actions = statement.actions.map { WildcardPattern($0, ignoringCase: true) }
        resources = statement.resources.map { WildcardPattern($0) }
    }

    func matches(_ question: AccessQuestion) -> Bool {
        let (action, resource) = (question.action, question.resource)
        return actions.contains { $0.matches(action.utf8.span) }
            && resources.contains { $0.matches(resource.utf8.span) }
            && checks.allSatisfy { $0.counts(for: effect, in: question.conditions) }
    }
}
