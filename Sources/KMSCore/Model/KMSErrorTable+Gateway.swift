/// What is refused before an operation is reached (spec 1.9).
extension KMSError {
    package static func missingCommon(_ parameter: String) -> KMSError {
        KMSError(400, "Missing\(parameter)", "\(parameter) is mandatory for this action.")
    }

    package static let actionNotFound = KMSError(
        404,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method."
    )

    package static func invalidVersion(_ expected: String) -> KMSError {
        KMSError(
            400,
            "InvalidVersion",
            "Specified parameter Version is not valid.",
            explanation: "Use \(expected)."
        )
    }

    package static let invalidFormat = KMSError(
        400,
        "InvalidParameter.Format",
        "The specified parameter \"Format\" is not valid.",
        explanation: "Use JSON or XML."
    )

    package static let methodNotSupported = KMSError(
        403,
        "UnsupportedHTTPMethod",
        "This http method is not supported.",
        explanation: "Use GET or POST."
    )

    package static let pathNotFound = KMSError(
        404,
        "InvalidApi.NotFound",
        "Specified api is not found, please check your url and method.",
        explanation: "Every request goes to the path /."
    )

    package static func timestampMissing(_ name: String) -> KMSError {
        KMSError(
            400,
            "IllegalTimestamp",
            "The input parameter \"\(name)\" that is mandatory for processing this request is not supplied."
        )
    }

    package static let timestampFormat = KMSError(
        400,
        "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
        explanation: "Use yyyy-MM-ddTHH:mm:ssZ in UTC."
    )

    package static func timestampExpired(_ now: Timestamp) -> KMSError {
        KMSError(
            400,
            "InvalidTimeStamp.Expired",
            "Specified time stamp or date value is expired.",
            explanation: "It must lie within 15 minutes of this server's time, which is \(now)."
        )
    }

    package static let accessKeyNotFound = KMSError(
        404,
        "InvalidAccessKeyId.NotFound",
        "The Access Key ID provided does not exist in our records."
    )

    package static let accessKeyInactive = KMSError(
        403,
        "Forbidden.AccessKey",
        "This AccessKey is not enabled."
    )

    package static let signatureMethod = KMSError(
        400,
        "InvalidSignatureMethod",
        "Specified signature method is not valid.",
        explanation: "Use HMAC-SHA1 with SignatureVersion 1.0, or ACS3-HMAC-SHA256."
    )

    package static func incompleteSignature(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "IncompleteSignature",
            "The request signature does not conform to Alibaba Cloud standards.",
            explanation: explanation
        )
    }

    /// Clients take the message apart at its only colon; it carries the caller's own parameters and is never logged.
    package static func signatureDoesNotMatch(stringToSign: String) -> KMSError {
        KMSError(
            400,
            "SignatureDoesNotMatch",
            "Specified signature is not matched with our calculation. server string to sign is:\(stringToSign)"
        )
    }

    package static let nonceUsed = KMSError(
        400,
        "SignatureNonceUsed",
        "Specified signature nonce was used already."
    )

    package static let missingSecurityToken = KMSError(
        400,
        "MissingSecurityToken",
        "SecurityToken is mandatory for this action.",
        explanation: "A temporary key signs together with the token that came with it: V1 sends it as a parameter, "
            + "V3 in the signed header x-acs-security-token."
    )

    /// A token that was not made here, or changed on its way.
    package static let securityTokenMalformed = KMSError(
        400,
        "InvalidSecurityToken.Malformed",
        "Specified SecurityToken is malformed."
    )

    package static let securityTokenMismatch = KMSError(
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey."
    )

    package static let securityTokenExpired = KMSError(
        400,
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired."
    )

    /// A token that was good and ended before its time. Clients answer this code by asking for another, as they must.
    package static let sessionEnded = KMSError(
        400,
        "InvalidSecurityToken.Expired",
        "Specified SecurityToken is expired.",
        explanation: "What it was given for has been changed or deleted since: call AssumeRole for another."
    )

    package static func regionNotServed(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter",
            "The specified parameter \"RegionId\" is not valid.",
            explanation: explanation
        )
    }

    package static func requestTooLarge(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "ParseRequestParameterException",
            "Server parse parameters exception. Please check your input params.",
            explanation: explanation
        )
    }
}
