internal import KMSCore

/// What STS refuses (spec 13).
extension KMSError {
    static let durationBeyondLimit = incorrect(
        "DurationSeconds",
        "Give 900 to what the role permits in MaxSessionDuration; a session that assumes a role, 3600 at most."
    )

    static func policyGrammar(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter.PolicyGrammar",
            "The parameter - \"Policy\" has not passed grammar check.",
            explanation: explanation
        )
    }

    static let policySize = KMSError(
        400,
        "InvalidParameter.PolicySize",
        "The parameter - \"Policy\" beyond the length limit.",
        explanation: "It may have \(AssumeRole.policyLimit) characters."
    )

    static let rootAssumesNoRole = KMSError(
        403,
        "NoPermission",
        "You are not authorized to do this action.",
        explanation: "An account itself assumes no roles: sign with an access key of one of its users."
    )

    static let narrowedSession = KMSError(
        403,
        "NoPermission",
        "You are not authorized to do this action.",
        explanation: "A session with a session policy assumes no roles: the policy would not hold there."
    )

    /// The same whether the role of another account does not trust the caller or does not exist.
    static func notTrusted(_ role: ResourceName) -> KMSError {
        KMSError(
            403,
            "NoPermission",
            "You are not authorized to do this action.",
            explanation: "There is no role \(role) whose trust policy lets you assume it as you ask to."
        )
    }
}
