/// The operations by name, for help and for suggestions; the server's catalogue decides what exists.
enum OperationNames {
    static let kms: [(group: String, names: [String])] = [
        (
            "Keys",
            [
                "CreateKey", "DescribeKey", "ListKeys", "EnableKey", "DisableKey", "ScheduleKeyDeletion",
                "CancelKeyDeletion", "UpdateKeyDescription", "SetDeletionProtection",
            ]
        ),
        (
            "Key versions and rotation",
            [
                "CreateKeyVersion", "DescribeKeyVersion", "ListKeyVersions", "UpdateRotationPolicy", "RotateKey",
            ]
        ),
        ("Key material", ["GetParametersForImport", "ImportKeyMaterial", "DeleteKeyMaterial"]),
        (
            "Symmetric keys",
            [
                "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
                "ExportDataKey", "GenerateAndExportDataKey",
            ]
        ),
        (
            "Asymmetric keys",
            [
                "GetPublicKey", "AsymmetricEncrypt", "AsymmetricDecrypt", "AsymmetricSign", "AsymmetricVerify",
                "CreateCertificateSigningRequest",
            ]
        ),
        ("Aliases", ["CreateAlias", "UpdateAlias", "ListAliases", "ListAliasesByKeyId", "DeleteAlias"]),
        (
            "Tags",
            [
                "TagResource", "UntagResource", "ListResourceTags", "TagResources", "UntagResources",
                "ListTagResources",
            ]
        ),
        (
            "Certificates",
            [
                "CreateCertificate", "UploadCertificate", "GetCertificate", "DescribeCertificate",
                "UpdateCertificateStatus", "DeleteCertificate", "CertificatePrivateKeySign",
                "CertificatePublicKeyVerify", "CertificatePublicKeyEncrypt", "CertificatePrivateKeyDecrypt",
            ]
        ),
        ("Account", ["DescribeRegions", "DescribeAccountKmsStatus", "OpenKmsService"]),
    ]

    static let ram: [(group: String, names: [String])] = [
        ("Users", ["CreateUser", "GetUser", "UpdateUser", "ListUsers", "DeleteUser"]),
        ("Access keys", ["CreateAccessKey", "UpdateAccessKey", "ListAccessKeys", "DeleteAccessKey"]),
        (
            "Policies",
            [
                "CreatePolicy", "GetPolicy", "ListPolicies", "DeletePolicy", "CreatePolicyVersion",
                "GetPolicyVersion", "ListPolicyVersions", "SetDefaultPolicyVersion", "DeletePolicyVersion",
                "AttachPolicyToUser", "DetachPolicyFromUser", "ListPoliciesForUser",
                "ListEntitiesForPolicy",
            ]
        ),
        (
            "Roles",
            [
                "CreateRole", "GetRole", "UpdateRole", "ListRoles", "DeleteRole", "AttachPolicyToRole",
                "DetachPolicyFromRole", "ListPoliciesForRole",
            ]
        ),
    ]

    static let sts: [(group: String, names: [String])] = [
        ("Sessions", ["AssumeRole", "GetCallerIdentity"])
    ]
}
