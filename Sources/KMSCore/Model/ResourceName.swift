/// A resource as a policy names it: `acs:kms:<region>:<account>:<kind>/<name>`.
package struct ResourceName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    private init(_ namespace: Namespace, _ relative: String) {
        description = "acs:kms:\(namespace.region):\(namespace.account):\(relative)"
    }

    package static func key(_ id: KeyID, in namespace: Namespace) -> Self { .init(namespace, "key/\(id)") }
    package static func alias(_ name: AliasName, in namespace: Namespace) -> Self { .init(namespace, name.description) }
    package static func certificate(_ id: CertificateID, in namespace: Namespace) -> Self {
        .init(namespace, "certificate/\(id)")
    }
    /// All keys of a namespace: what CreateKey and ListKeys are tested on.
    package static func keyContainer(of namespace: Namespace) -> Self { .init(namespace, "key") }
    /// All aliases of a namespace: what ListAliases is tested on.
    package static func aliasContainer(of namespace: Namespace) -> Self { .init(namespace, "alias") }
    /// All certificates of a namespace: what CreateCertificate is tested on.
    package static func certificateContainer(of namespace: Namespace) -> Self { .init(namespace, "certificate") }
    /// What operations on the account as a whole are tested on.
    package static let everything = ResourceName(verbatim: "*")

    private init(verbatim text: String) { description = text }
}
