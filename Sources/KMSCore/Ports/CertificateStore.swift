/// Where certificates and their tags are remembered. Written through ``KeyStore/apply(_:)``.
package protocol CertificateStore: Sendable {
    func certificate(_ id: CertificateID, in namespace: Namespace) async throws(StoreError) -> Certificate?
    /// The certificate that a request of this client token made.
    func certificate(clientToken: String, in namespace: Namespace) async throws(StoreError) -> Certificate?
    /// The tags of a certificate, by tag key.
    func tags(of certificate: CertificateID, in namespace: Namespace) async throws(StoreError) -> [Tag]
}

/// One thing that a change writes of certificates.
package enum CertificateStep: Sendable {
    /// ``StoreError/alreadyExists`` if there is one of that id, ``StoreError/conflict`` if there is one of that client
    /// token in the namespace.
    case insert(Certificate)
    /// Replaces `old` by `new`; ``StoreError/conflict`` unless the stored revision is `old.revision`.
    case update(from: Certificate, to: Certificate)
    /// Removes the certificate, its key pair and its tags, so that the bytes of its private key are gone from the
    /// database's files when the change has been applied or, where somebody reads the log meanwhile, when
    /// ``KeyStore/scrub()`` has returned. ``StoreError/conflict`` unless it has this revision.
    case delete(Certificate)
    /// Sets tags, replacing values of those that exist; ``StoreError/tooManyTags`` past `limit` in all,
    /// ``StoreError/conflict`` where the certificate is gone.
    case setTags(CertificateID, in: Namespace, [Tag], limit: Int)
    /// Removes tags by key. Absent ones, and those of an absent certificate, are no error.
    case removeTags(CertificateID, in: Namespace, [String])
}
