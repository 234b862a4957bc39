/// What a certificate request (PKCS#10, RFC 2986) asks for.
package struct CertificateRequest: Sendable, Equatable {
    package let subject: DistinguishedName
    /// Host names for the extension subjectAltName, in ASCII.
    package let hosts: [String]
    /// DER SubjectPublicKeyInfo (RFC 5280).
    package let publicKey: [UInt8]
    package let spec: KeySpec

    package init(subject: DistinguishedName, hosts: [String], publicKey: [UInt8], spec: KeySpec) {
        self.subject = subject
        self.hosts = hosts
        self.publicKey = publicKey
        self.spec = spec
    }

    /// How a request for such a key is signed by it: what every authority understands.
    package var signatureAlgorithm: SignatureAlgorithm? {
        switch spec {
        case .aes256, .sm4: nil
        case .rsa2048, .rsa3072: .rsaPKCS1SHA256
        case .ecP256, .ecP256K: .ecdsaSHA256
        case .ecSM2: .sm2DSA
        }
    }
}

/// What an issued certificate says of itself.
package struct IssuedCertificate: Sendable, Equatable {
    /// The certificate alone, written anew.
    package let pem: String
    /// The names by RFC 2253.
    package let subject: String
    package let issuer: String
    /// Hexadecimal digits.
    package let serial: String
    package let notBefore: Timestamp
    package let notAfter: Timestamp
    /// Empty where the certificate has none.
    package let keyIdentifier: [UInt8]
    /// The host names among the subject's alternative names.
    package let hosts: [String]

    package init(
        pem: String,
        subject: String,
        issuer: String,
        serial: String,
        notBefore: Timestamp,
        notAfter: Timestamp,
        keyIdentifier: [UInt8],
        hosts: [String]
    ) {
        self.pem = pem
        self.subject = subject
        self.issuer = issuer
        self.serial = serial
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.keyIdentifier = keyIdentifier
        self.hosts = hosts
    }
}
