/// A certificate and the key pair that is its own: asked for, then issued elsewhere and uploaded (spec 8).
package struct Certificate: Sendable, Equatable {
    package let id: CertificateID
    /// The key pair, held as a version is: see ``VersionIdentity/init(of:in:spec:holder:level:)``.
    package let keyPair: KeyVersion
    /// The subject as it was asked for (RFC 2253).
    package let subject: String
    /// The host names that were asked for.
    package let hosts: [String]
    /// Told, and nothing more: no operation exports a private key.
    package let isPrivateKeyExportable: Bool
    /// What the caller named the request that made this; unique within the namespace.
    package let clientToken: String?
    /// The certificate request (PKCS#10) as PEM.
    package let request: String

    /// The certificate as PEM; nil until one was uploaded.
    package var issued: String?
    /// Its issuer's certificate, that one's issuer's and so on, as PEM; empty where none was uploaded.
    package var chain: String
    package var status: CertificateStatus
    package var updatedAt: Timestamp
    /// Counts the changes of this row; a change names the revision it was made from.
    package var revision: Int64

    package init(
        id: CertificateID,
        keyPair: KeyVersion,
        subject: String,
        hosts: [String],
        isPrivateKeyExportable: Bool,
        clientToken: String?,
        request: String,
        issued: String? = nil,
        chain: String = "",
        status: CertificateStatus = .pending,
        updatedAt: Timestamp,
        revision: Int64 = 1
    ) {
        self.id = id
        self.keyPair = keyPair
        self.subject = subject
        self.hosts = hosts
        self.isPrivateKeyExportable = isPrivateKeyExportable
        self.clientToken = clientToken
        self.request = request
        self.issued = issued
        self.chain = chain
        self.status = status
        self.updatedAt = updatedAt
        self.revision = revision
    }

    package var namespace: Namespace { keyPair.identity.namespace }
    package var spec: KeySpec { keyPair.identity.spec }
    package var level: ProtectionLevel { keyPair.identity.level }
    package var createdAt: Timestamp { keyPair.createdAt }
    package var resourceName: ResourceName { .certificate(id, in: namespace) }

    /// The key specs that a certificate may have.
    package static let specs: [KeySpec] = [.rsa2048, .ecP256, .ecSM2]

    /// The same certificate, one revision on, with `change` made to it.
    package func changed(at now: Timestamp, _ change: (inout Certificate) -> Void) -> Certificate {
        var copy = self
        change(&copy)
        copy.updatedAt = now
        copy.revision = revision + 1
        return copy
    }
}

/// How far a certificate has come.
package enum CertificateStatus: String, Sendable, CaseIterable {
    /// Asked for; no certificate was uploaded yet.
    case pending = "PENDING"
    case active = "ACTIVE"
    /// Put aside for a while.
    case inactive = "INACTIVE"
    /// Put aside for good.
    case revoked = "REVOKED"
}

extension VersionIdentity {
    /// The key pair of a certificate: a version of no key, named by the certificate's own id.
    package init(
        of certificate: CertificateID,
        in namespace: Namespace,
        spec: KeySpec,
        holder: String,
        level: ProtectionLevel
    ) {
        self.init(
            id: KeyVersionID(certificate.uuid),
            key: KeyID(certificate.uuid),
            namespace: namespace,
            spec: spec,
            usage: .signVerify,
            origin: .aliyunKMS,
            level: level,
            backend: holder,
            algorithm: nil,
            owner: .certificate
        )
    }
}
