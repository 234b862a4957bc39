internal import KMSCore

/// A policy that says what an identity may do, as its author wrote it (spec 12.3).
///
/// Reading is strict: what is not understood to its last value is refused, because a condition that is passed over
/// allows too much and a denial that is passed over as well.
package struct PolicyDocument: Sendable {
    let statements: [PolicyStatement]

    /// - Parameter text: the document, JSON text.
    package init(_ text: String) throws(PolicyDocumentError) {
        var statements: [PolicyStatement] = []
        let known = ["Effect", "Action", "Resource", "Condition"]
        for object in try PolicyObject.statements(of: text, knowing: known) {
            statements.append(try PolicyStatement(object))
        }
        self.statements = statements
    }
}

package enum PolicyEffect: String, Sendable {
    case allow = "Allow"
    case deny = "Deny"
}

/// One statement of a policy: these actions on these resources, under these conditions.
struct PolicyStatement: Sendable {
    let effect: PolicyEffect
    /// `<service>:<Operation>` with wildcards, or `*`.
    let actions: [[UInt8]]
    /// Names of resources with wildcards.
    let resources: [[UInt8]]
    /// All must hold.
    let conditions: [PolicyCondition]

    init(_ object: PolicyObject) throws(PolicyDocumentError) {
        effect = try object.effect()
        actions = try object.texts("Action")
        guard actions.allSatisfy(Self.isAction) else {
            throw PolicyDocumentError(object.place, "An Action is * or <service>:<Operation>, such as kms:Encrypt.")
        }
        resources = try object.texts("Resource")
        guard resources.allSatisfy(Self.isResource) else {
            throw PolicyDocumentError(
                object.place,
                "A Resource is * or acs:<service>:<region>:<account>:<name>, such as acs:kms:*:*:key/*."
            )
        }
        conditions = try PolicyCondition.reading(object, .identity)
    }

    private static func isAction(_ text: [UInt8]) -> Bool {
        if text == [UInt8(ascii: "*")] { return true }
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return parts.count == 2
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy { byte in
                        byte.isDecimalDigit || (0x61...0x7A).contains(byte.lowercasedASCII)
                            || "-_.*?".utf8.contains(byte)
                    }
            }
    }

    /// Whether the text can stand for the name of any resource: one that is cut short never would.
    private static func isResource(_ text: [UInt8]) -> Bool {
        if text.first == UInt8(ascii: "*") { return true }
        guard text.starts(with: "acs:".utf8) else { return false }
        return text.contains(UInt8(ascii: "*")) || text.count { $0 == UInt8(ascii: ":") } >= 4
    }
}
