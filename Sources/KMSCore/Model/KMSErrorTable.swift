/// The one table from what went wrong to what is answered. A member per situation, in the order of a request's way.
extension KMSError {
    // MARK: Parameters

    package static func missing(_ parameter: String) -> KMSError {
        KMSError(400, "MissingParameter", "The parameter \"\(parameter)\" is needed but not provided.")
    }

    package static func invalid(_ parameter: String, _ explanation: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter",
            "The specified parameter \"\(parameter)\" is not valid.",
            explanation: explanation
        )
    }

    package static func unreadableRequest(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "ParseRequestParameterException",
            "Server parse parameters exception. Please check your input params.",
            explanation: explanation
        )
    }

    // MARK: Permission and existence

    package static func notPermitted(_ resource: ResourceName) -> KMSError {
        KMSError(
            403,
            "Forbidden.NoPermission",
            "This operation for \(resource) is forbidden by permission system."
        )
    }

    package static let keyNotFound = KMSError(404, "Forbidden.KeyNotFound", "The specified Key is not found.")
    package static let aliasNotFound = KMSError(404, "Forbidden.AliasNotFound", "The specified Alias is not found.")
    package static let keyVersionNotFound = KMSError(
        404,
        "Forbidden.KeyVersionNotFound",
        "The specified Key version is not found."
    )

    package static let certificateNotFound = KMSError(
        404,
        "Certificate.NotFound",
        "The specified certificate is not found."
    )

    package static func resourceNotFound(_ explanation: String) -> KMSError {
        KMSError(
            404,
            "InvalidResourceId.NotFound",
            "The specified ResourceId is not found.",
            explanation: explanation
        )
    }

    // MARK: Kind and state

    package static let aliasNotAccepted = KMSError(
        400,
        "Unsupported.Alias",
        "Alias is not valid for this api.",
        explanation: "Name the key by its id or its ARN."
    )

    package static func unsupportedOperation(_ explanation: String) -> KMSError {
        KMSError(400, "UnsupportedOperation", "This action is not supported.", explanation: explanation)
    }

    package static func rejectedUnsupportedOperation(_ explanation: String) -> KMSError {
        KMSError(400, "Rejected.UnsupportedOperation", "Unsupported operation.", explanation: explanation)
    }

    /// A key that a cloud service keeps is not for its account to change.
    package static let serviceKeyIsFixed = rejectedUnsupportedOperation(
        "The key belongs to a cloud service, which alone manages it."
    )

    package static func unsupportedProtectionLevel(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "Unsupported.ProtectionLevel",
            "This protection level is not valid for this region",
            explanation: explanation
        )
    }

    /// The key's state forbids the operation.
    package static func rejected(_ state: KeyState) -> KMSError {
        KMSError(
            409,
            "Rejected.\(state.rawValue)",
            "The request was rejected because the key state is \(state.rawValue)."
        )
    }

    package static func stateNotModified(_ state: KeyState) -> KMSError {
        KMSError(
            409,
            "Rejected.StateModifiedFailed",
            "Keystate modified failed.",
            explanation: "The key state is \(state.rawValue)."
        )
    }

    /// The certificate's status forbids what is done with its key.
    package static func unusable(_ status: CertificateStatus) -> KMSError {
        rejectedUnsupportedOperation("The certificate's status is \(status.rawValue).")
    }

    package static func statusNotModified(_ status: CertificateStatus, _ explanation: String) -> KMSError {
        KMSError(
            409,
            "Rejected.StateModifiedFailed",
            "Keystate modified failed.",
            explanation: "The certificate's status is \(status.rawValue). \(explanation)"
        )
    }

    // MARK: Imported material

    package static let unsupportedOrigin = KMSError(
        400,
        "Unsupported.Origin",
        "This key origin is not valid for this api.",
        explanation: "Material is imported into keys whose Origin is EXTERNAL."
    )

    /// A token that was not made here, or not for this key.
    package static let invalidImportToken = KMSError(
        400,
        "InvalidImportToken",
        "import token is invalid.",
        explanation: "Pass the ImportToken of GetParametersForImport for the same key, unchanged."
    )

    package static let exhaustedImportToken = KMSError(
        400,
        "InvalidImportToken",
        "import token is invalid.",
        explanation: "\(Limits.importTries) attempts with it have failed: call GetParametersForImport for another."
    )

    package static let expiredImportToken = KMSError(
        400,
        "ExpiredImportToken",
        "import token is expired.",
        explanation: "It serves for 24 hours: call GetParametersForImport for another."
    )

    /// The one answer to material that does not unwrap, has a wrong length or is not the identical one.
    package static let invalidKeyMaterial = KMSError(
        400,
        "InvalidKeyMaterial",
        "key material is invalid.",
        explanation: "Encrypt 32 bytes for Aliyun_AES_256 or 16 bytes for Aliyun_SM4, under the PublicKey that came "
            + "with the ImportToken and by its WrappingAlgorithm. A key that has had material takes the same only."
    )

    // MARK: Limits and names

    package static func limitExceeded(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "Rejected.LimitExceeded",
            "The request was rejected because user create resource limit was exceeded.",
            explanation: explanation
        )
    }

    package static let aliasAlreadyExists = KMSError(400, "AliasAlreadyExists", "AliasName Already Exists.")

    package static func invalidTagKey(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter.TagKey",
            "The specified parameter \"TagKey\" is not valid.",
            explanation: explanation
        )
    }

    package static func invalidTagValue(_ explanation: String) -> KMSError {
        KMSError(
            400,
            "InvalidParameter.TagValue",
            "The specified parameter \"TagValue\" is not valid.",
            explanation: explanation
        )
    }

    package static let duplicateTagKey = KMSError(400, "Duplicate.TagKey", "The specified tagKey is duplicate.")

    package static let serviceAlreadyOpened = KMSError(400, "Forbidden.Opened", "Your kms service has been opened.")

    package static let instanceNotFound = KMSError(
        403,
        "Forbidden.DKMSInstanceNotFound",
        "The specified DKMS instance is not found.",
        explanation: "Leave DKMSInstanceId out: this service has no instances."
    )

    package static let dryRun = KMSError(
        400,
        "DryRunOperationError",
        "The request passed all checks and was not carried out, because DryRun is true."
    )

    // MARK: The service itself

    package static func throttled(retryAfter: Int) -> KMSError {
        KMSError(429, "Rejected.Throttling", "QPS Limit Exceeded", retryAfter: retryAfter)
    }

    /// Too much work waits for the threads that do it.
    package static let busy = throttled(retryAfter: 100)

    package static func internalFailure(_ cause: String) -> KMSError {
        KMSError(500, "InternalFailure", "Internal Failure.", cause: cause)
    }

    package static func unavailable(_ cause: String) -> KMSError {
        KMSError(503, "ServiceUnavailableTemporary", "Service Unavailable Temporary.", cause: cause)
    }
}
