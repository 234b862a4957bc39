package import KMSCore

extension Certificate {
    /// A pending certificate, holding `material` as if it were sealed.
    package static func example(
        _ id: UUIDBytes,
        in namespace: Namespace = .example(),
        spec: KeySpec = .ecP256,
        level: ProtectionLevel = .software,
        hosts: [String] = [],
        isExportable: Bool = true,
        clientToken: String? = nil,
        material: [UInt8] = [1, 2, 3],
        at created: Timestamp = Timestamp(seconds: 1_767_225_600)
    ) -> Certificate {
        let identity = VersionIdentity(
            of: CertificateID(id),
            in: namespace,
            spec: spec,
            holder: "software",
            level: level
        )
        return Certificate(
            id: CertificateID(id),
            keyPair: KeyVersion(identity: identity, createdAt: created, publicKey: [4, 5], sealedMaterial: material),
            subject: "CN=example, O=e\u{301}",
            hosts: hosts,
            isPrivateKeyExportable: isExportable,
            clientToken: clientToken,
            request: "-----BEGIN CERTIFICATE REQUEST-----",
            updatedAt: created
        )
    }
}
