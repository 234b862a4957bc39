internal import KMSCore

/// A condition ready to be asked: of which key, and how its value must be.
struct ConditionCheck: Sendable {
    let key: ConditionKey
    let test: ConditionTest

    var asksForTags: Bool { if case .tag = key { true } else { false } }

    /// Whether a statement of that effect applies as far as this condition goes.
    func counts(for effect: PolicyEffect, in conditions: RequestConditions) -> Bool {
        test.outcome(for: conditions[key]).counts(for: effect)
    }
}

extension RequestConditions {
    /// The request's value for a key, or nil where it has none.
    fileprivate subscript(key: ConditionKey) -> RequestValue? {
        switch key {
        case .currentTime: .moment(time)
        case .secureTransport: .flag(isSecureTransport)
        case .sourceAddress: .text(source)
        case .multiFactor: .flag(isMultiFactor)
        case .tag(let name): tags.first { $0.key.utf8.elementsEqual(name.utf8) }.map { .text($0.value) }
        case .externalID: externalID.map { .text($0) }
        }
    }
}
