package import KMSCore

/// A role's trust policy: who may assume the role (spec 13).
///
/// The grammar is that of other policies, with `Principal` in the place of `Resource`, and with `sts:AssumeRole` as the
/// one action.
package struct TrustPolicy: Sendable {
    private let statements: [TrustStatement]

    /// - Parameter text: the document, JSON text.
    package init(_ text: String) throws(PolicyDocumentError) {
        var statements: [TrustStatement] = []
        let known = ["Effect", "Action", "Principal", "Condition"]
        for object in try PolicyObject.statements(of: text, knowing: known) {
            statements.append(try TrustStatement(object, index: statements.count + 1))
        }
        self.statements = statements
    }

    /// Whether the role lets itself be assumed. A statement that denies wins over all that allow.
    ///
    /// The caller's own policies are another question: a user or role needs `sts:AssumeRole` on the role as well.
    package func decide(_ assumer: RoleAssumer, _ conditions: RequestConditions) -> Decision {
        let matching = statements.filter { $0.matches(assumer, conditions) }
        if let denial = matching.first(where: { $0.effect == .deny }) { return .denied(by: denial.name) }
        return matching.first.map { .allowed(by: $0.name) } ?? .notAllowed
    }
}

/// Who asks to assume a role.
package enum RoleAssumer: Sendable, Hashable {
    /// The account itself.
    case root(AccountID)
    case user(AccountID, UserName)
    /// A session of another role, or of the same.
    case role(AccountID, RoleName)
    case service(ServiceCode)
}

private struct TrustStatement: Sendable {
    let effect: PolicyEffect
    /// Its number in the document, from 1.
    let index: Int
    private let principals: [TrustPrincipal]
    private let checks: [ConditionCheck]

    var name: StatementName { StatementName(policy: "trust policy", version: "v1", index: index) }

    init(_ object: PolicyObject, index: Int) throws(PolicyDocumentError) {
        effect = try object.effect()
        self.index = index
        let isAssumeRole = { (text: [UInt8]) in text.map(\.lowercasedASCII).elementsEqual("sts:assumerole".utf8) }
        guard try object.texts("Action").allSatisfy(isAssumeRole) else {
            throw PolicyDocumentError(object.place, "The Action of a trust policy is sts:AssumeRole.")
        }
        principals = try TrustPrincipal.reading(object)
        checks = try PolicyCondition.reading(object, .trust).map(\.check)
    }

    func matches(_ assumer: RoleAssumer, _ conditions: RequestConditions) -> Bool {
        principals.contains { $0.includes(assumer) } && checks.allSatisfy { $0.counts(for: effect, in: conditions) }
    }
}
