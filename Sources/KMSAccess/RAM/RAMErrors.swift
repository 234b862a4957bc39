package import KMSCore

/// What RAM refuses about users, access keys, policies and roles (spec 13).
extension KMSError {
    /// The message is what is wrong with the document.
    package static func malformedPolicy(_ error: PolicyDocumentError) -> KMSError {
        KMSError(400, "MalformedPolicyDocument", error.description)
    }

    // MARK: Absent

    package static let userNotFound = KMSError(404, "EntityNotExist.User", "The user does not exist.")
    package static let userAccessKeyNotFound = KMSError(
        404,
        "EntityNotExist.User.AccessKey",
        "The user access key does not exist."
    )
    package static let roleNotFound = KMSError(404, "EntityNotExist.Role", "The role does not exist.")
    package static let policyNotFound = KMSError(404, "EntityNotExist.Policy", "The policy does not exist.")
    package static let policyVersionNotFound = KMSError(
        404,
        "EntityNotExist.Policy.Version",
        "The policy version does not exist."
    )

    /// - Parameter grantee: `User` or `Role`.
    package static func policyNotAttached(to grantee: String) -> KMSError {
        KMSError(
            404,
            "EntityNotExist.\(grantee).Policy",
            "The indicate policy of the \(grantee.lowercased()) does not exist."
        )
    }

    // MARK: Present

    package static let userExists = KMSError(409, "EntityAlreadyExists.User", "The user does already EXIST.")
    package static let roleExists = KMSError(409, "EntityAlreadyExists.Role", "The role does already EXIST.")
    package static let policyExists = KMSError(409, "EntityAlreadyExists.Policy", "The policy does already EXIST.")

    package static func policyAttached(to grantee: String) -> KMSError {
        KMSError(
            409,
            "EntityAlreadyExists.\(grantee).Policy",
            "The \(grantee.lowercased()) has already been attached this policy."
        )
    }

    // MARK: In use

    package static let userHasAccessKey = KMSError(
        409,
        "DeleteConflict.User.AccessKey",
        "The user CAN NOT has any access key while deleting the user."
    )

    package static func hasPolicy(_ grantee: String) -> KMSError {
        KMSError(
            409,
            "DeleteConflict.\(grantee).Policy",
            "The \(grantee.lowercased()) CAN NOT has any attached policy while deleting the \(grantee.lowercased())."
        )
    }

    package static func policyInUse(by grantee: String) -> KMSError {
        KMSError(
            409,
            "DeleteConflict.Policy.\(grantee)",
            "The policy CAN NOT been attached to any \(grantee.lowercased()) while deleting the policy."
        )
    }

    package static let policyHasVersions = KMSError(
        409,
        "DeleteConflict.Policy.Version",
        "The policy CAN NOT has any version except the default version."
    )
    package static let policyVersionIsDefault = KMSError(
        409,
        "DeleteConflict.Policy.Version.Default",
        "The default policy version CAN NOT been deleted directly."
    )

    // MARK: Too many

    package static let tooManyUsers = limitExceeded("User", "The count of users", AccessLimits.users)
    package static let tooManyAccessKeys = limitExceeded(
        "User.AccessKey",
        "The access key count of the user access keys",
        AccessLimits.accessKeysPerUser
    )
    package static let tooManyRoles = limitExceeded("Role", "The count of roles", AccessLimits.roles)
    package static let tooManyPolicies = limitExceeded("Policy", "The count of policy", AccessLimits.policies)
    package static let tooManyPolicyVersions = limitExceeded(
        "Policy.Version",
        "The count of policy version",
        AccessLimits.versionsPerPolicy
    )

    package static func tooManyAttachments(to grantee: String) -> KMSError {
        let counted =
            grantee == "User"
            ? "The policy count of the user attached policies" : "The count of policies attached to the role"
        return limitExceeded("\(grantee).Policy", counted, AccessLimits.policiesPerGrantee)
    }

    private static func limitExceeded(_ kind: String, _ counted: String, _ limit: Int) -> KMSError {
        KMSError(
            409,
            "LimitExceeded.\(kind)",
            "\(counted) beyond the current limits.",
            explanation: "There may be \(limit)."
        )
    }
}
