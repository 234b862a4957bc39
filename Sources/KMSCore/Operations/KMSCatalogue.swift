extension Catalogue {
    /// The operations of KMS 2016-01-20, in the manual's order.
    package static func kms() -> Catalogue {
        Catalogue(
            version: "2016-01-20",
            [
                // Keys
                Entry(CreateKey.self), Entry(DescribeKey.self), Entry(ListKeys.self), Entry(EnableKey.self),
                Entry(DisableKey.self), Entry(ScheduleKeyDeletion.self), Entry(CancelKeyDeletion.self),
                Entry(UpdateKeyDescription.self), Entry(SetDeletionProtection.self),
                // Aliases
                Entry(CreateAlias.self), Entry(UpdateAlias.self), Entry(ListAliases.self),
                Entry(ListAliasesByKeyId.self), Entry(DeleteAlias.self),
                // Symmetric keys
                Entry(Encrypt.self), Entry(Decrypt.self), Entry(ReEncrypt.self), Entry(GenerateDataKey.self),
                Entry(GenerateDataKeyWithoutPlaintext.self), Entry(ExportDataKey.self),
                Entry(GenerateAndExportDataKey.self),
                // Asymmetric keys
                Entry(GetPublicKey.self), Entry(AsymmetricEncrypt.self), Entry(AsymmetricDecrypt.self),
                Entry(AsymmetricSign.self), Entry(AsymmetricVerify.self),
                Entry(CreateCertificateSigningRequest.self),
                // Certificates
                Entry(CreateCertificate.self), Entry(UploadCertificate.self), Entry(GetCertificate.self),
                Entry(DescribeCertificate.self), Entry(UpdateCertificateStatus.self), Entry(DeleteCertificate.self),
                Entry(CertificatePrivateKeySign.self), Entry(CertificatePublicKeyVerify.self),
                Entry(CertificatePublicKeyEncrypt.self), Entry(CertificatePrivateKeyDecrypt.self),
                // Imported material
                Entry(GetParametersForImport.self), Entry(ImportKeyMaterial.self), Entry(DeleteKeyMaterial.self),
                // Rotation
                Entry(UpdateRotationPolicy.self), Entry(CreateKeyVersion.self), Entry(ListKeyVersions.self),
                Entry(DescribeKeyVersion.self),
                // Tags
                Entry(TagResource.self), Entry(UntagResource.self), Entry(ListResourceTags.self),
                Entry(TagResources.self), Entry(UntagResources.self), Entry(ListTagResources.self),
                // Account
                Entry(DescribeRegions.self), Entry(DescribeAccountKmsStatus.self), Entry(OpenKmsService.self),
            ]
        )
    }
}
