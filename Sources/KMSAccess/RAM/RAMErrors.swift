package import KMSCore

/// What RAM refuses about users, access keys, policies and roles (spec 13).
extension KMSError {
    package static let roleNotFound = KMSError(404, "EntityNotExist.Role", "The role does not exist.")
    package static let userExists = KMSError(409, "EntityAlreadyExists.User", "The user does already EXIST.")

    /// - Parameter kind: as the code names it: `User`, `User.AccessKey`, `User.Policy`, `Policy`, `Policy.Version`.
    package static func limitExceeded(of kind: String, _ limit: Int) -> KMSError {
        KMSError(
            409,
            "LimitExceeded.\(kind)",
            "The count of \(kind) beyond the current limits.",
            explanation: "There may be \(limit)."
        )
    }
}
