package import KMSCore

/// What RAM and STS refuse, whatever the operation (spec 13).
extension KMSError {
    package static func notAuthorized(_ resource: ResourceName) -> KMSError {
        KMSError(
            403,
            "NoPermission",
            "You are not authorized to do this action.",
            explanation: "No policy allows it on \(resource), or one denies it."
        )
    }

    package static func invalidCharacters(_ parameter: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter.\(parameter).InvalidChars",
            "The parameter - \"\(parameter)\" contains invalid chars."
        )
    }

    package static func beyondLength(_ parameter: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter.\(parameter).Length",
            "The parameter - \"\(parameter)\" beyond the length limit."
        )
    }

    package static func wrongFormat(_ parameter: String, _ explanation: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter.\(parameter).Format",
            "The format of the parameter - \"\(parameter)\" is incorrect.",
            explanation: explanation
        )
    }

    package static func incorrect(_ parameter: String, _ explanation: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter.\(parameter)",
            "The parameter - \"\(parameter)\" is incorrect.",
            explanation: explanation
        )
    }

    package static func internalError(_ cause: String) -> KMSError {
        KMSError(500, "InternalError", "An internal error occurred.", cause: cause)
    }
}
