internal import KMSCore

/// A cloud service may assume the roles whose trust policies name it, and nothing else: what it does for an account it
/// does in a session of such a role (spec 14.1).
struct ServiceAuthorizer: Authorizer {
    let code: ServiceCode

    func decide(_ question: AccessQuestion) -> Decision {
        guard question.action == AssumeRole.action else { return .notAllowed }
        return .allowed(by: StatementName(policy: "service/\(code)", version: "v1", index: 1))
    }

    var asksForTags: Bool { false }
}
