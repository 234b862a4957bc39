package import KMSCore

/// A policy that every account has and none can change.
package struct SystemPolicy: Sendable {
    /// Of no policy that an account makes.
    package let id: UUIDBytes
    package let name: String
    package let description: String
    /// The document of its one version, JSON text.
    package let document: String

    /// The one version that every system policy has.
    package static let version = 1
    /// When all of them were made: 2021-01-01T00:00:00Z, the month of the manual.
    package static let createdAt = Timestamp(seconds: 1_609_459_200)
}

/// The system policies, by literal documents.
///
/// Those that name KMS operations name each by itself, so that an operation added later is given to nobody unseen.
package enum SystemPolicies {
    /// All of them, sorted by name.
    package static let all = [
        administrator, kmsCryptoUser, kmsFull, kmsReadOnly, ramFull, ramReadOnly, stsAssumeRole,
    ]

    package static func policy(named name: PolicyName) -> SystemPolicy? { all.first { $0.name == name.description } }

    private static let administrator = SystemPolicy(
        id: UUIDBytes(high: 0, low: 1),
        name: "AdministratorAccess",
        description: "Everything that the account itself may do.",
        document: """
            {
              "Version": "1",
              "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }]
            }
            """
    )

    private static let kmsCryptoUser = SystemPolicy(
        id: UUIDBytes(high: 0, low: 2),
        name: "AliyunKMSCryptoUserAccess",
        description: "Using keys and certificates: to encrypt, decrypt, make data keys, sign and verify.",
        document: """
            {
              "Version": "1",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": [
                    "kms:Encrypt",
                    "kms:Decrypt",
                    "kms:ReEncryptFrom",
                    "kms:ReEncryptTo",
                    "kms:GenerateDataKey",
                    "kms:GenerateDataKeyWithoutPlaintext",
                    "kms:ExportDataKey",
                    "kms:GenerateAndExportDataKey",
                    "kms:GetPublicKey",
                    "kms:AsymmetricEncrypt",
                    "kms:AsymmetricDecrypt",
                    "kms:AsymmetricSign",
                    "kms:AsymmetricVerify",
                    "kms:CertificatePrivateKeySign",
                    "kms:CertificatePrivateKeyDecrypt",
                    "kms:CertificatePublicKeyVerify",
                    "kms:CertificatePublicKeyEncrypt"
                  ],
                  "Resource": "*"
                }
              ]
            }
            """
    )

    private static let kmsFull = SystemPolicy(
        id: UUIDBytes(high: 0, low: 3),
        name: "AliyunKMSFullAccess",
        description: "Managing and using all keys, aliases and certificates.",
        document: """
            {
              "Version": "1",
              "Statement": [{ "Effect": "Allow", "Action": "kms:*", "Resource": "*" }]
            }
            """
    )

    private static let kmsReadOnly = SystemPolicy(
        id: UUIDBytes(high: 0, low: 4),
        name: "AliyunKMSReadOnlyAccess",
        description: "Looking at keys, aliases, tags and certificates, without using or changing them.",
        document: """
            {
              "Version": "1",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Action": [
                    "kms:DescribeRegions",
                    "kms:DescribeAccountKmsStatus",
                    "kms:DescribeKey",
                    "kms:DescribeKeyVersion",
                    "kms:DescribeCertificate",
                    "kms:ListKeys",
                    "kms:ListKeyVersions",
                    "kms:ListAliases",
                    "kms:ListAliasesByKeyId",
                    "kms:ListResourceTags",
                    "kms:ListTagResources",
                    "kms:GetPublicKey",
                    "kms:GetCertificate"
                  ],
                  "Resource": "*"
                }
              ]
            }
            """
    )

    private static let ramFull = SystemPolicy(
        id: UUIDBytes(high: 0, low: 5),
        name: "AliyunRAMFullAccess",
        description: "Managing users, access keys, policies and roles.",
        document: """
            {
              "Version": "1",
              "Statement": [{ "Effect": "Allow", "Action": "ram:*", "Resource": "*" }]
            }
            """
    )

    private static let ramReadOnly = SystemPolicy(
        id: UUIDBytes(high: 0, low: 6),
        name: "AliyunRAMReadOnlyAccess",
        description: "Looking at users, access keys without their secrets, policies and roles.",
        document: """
            {
              "Version": "1",
              "Statement": [{ "Effect": "Allow", "Action": ["ram:Get*", "ram:List*"], "Resource": "*" }]
            }
            """
    )

    private static let stsAssumeRole = SystemPolicy(
        id: UUIDBytes(high: 0, low: 7),
        name: "AliyunSTSAssumeRoleAccess",
        description: "Assuming every role whose trust policy agrees.",
        document: """
            {
              "Version": "1",
              "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*" }]
            }
            """
    )
}
