/// A resource as a policy names it: `acs:kms:<region>:<account>:<kind>/<name>`, or `acs:ram::<account>:<kind>/<name>`.
package struct ResourceName: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    private init(_ namespace: Namespace, _ appendRelative: (inout [UInt8]) -> Void) {
        // Put together as bytes: this is done for every request.
        var text: [UInt8] = []
        text.reserveCapacity(128)
        text.append(literal: "acs:kms:")
        text.append(contentsOf: namespace.region.description.utf8)
        text.append(UInt8(ascii: ":"))
        text.append(contentsOf: namespace.account.description.utf8)
        text.append(UInt8(ascii: ":"))
        appendRelative(&text)
        description = String(decoding: text, as: UTF8.self)
    }

    package static func key(_ id: KeyID, in namespace: Namespace) -> Self {
        .init(namespace) { text in
            text.append(literal: "key/")
            id.uuid.appendText(to: &text)
        }
    }
    package static func alias(_ name: AliasName, in namespace: Namespace) -> Self {
        .init(namespace) { $0.append(contentsOf: name.description.utf8) }
    }
    package static func certificate(_ id: CertificateID, in namespace: Namespace) -> Self {
        .init(namespace) { text in
            text.append(literal: "certificate/")
            id.uuid.appendText(to: &text)
        }
    }
    /// All keys of a namespace: what CreateKey and ListKeys are tested on.
    package static func keyContainer(of namespace: Namespace) -> Self {
        .init(namespace) { $0.append(literal: "key") }
    }
    /// All aliases of a namespace: what ListAliases is tested on.
    package static func aliasContainer(of namespace: Namespace) -> Self {
        .init(namespace) { $0.append(literal: "alias") }
    }
    /// All certificates of a namespace: what CreateCertificate is tested on.
    package static func certificateContainer(of namespace: Namespace) -> Self {
        .init(namespace) { $0.append(literal: "certificate") }
    }
    /// What operations on the account as a whole are tested on.
    package static let everything = ResourceName(verbatim: "*")

    /// A user, role or policy of an account, such as `user/alice`: `acs:ram::<account>:<relative>`.
    package static func ram(_ relative: String, of account: AccountID) -> Self {
        ResourceName(verbatim: "acs:ram::\(account):\(relative)")
    }

    /// A policy that every account has: `acs:ram::system:policy/<name>`.
    package static func systemPolicy(_ name: PolicyName) -> Self {
        ResourceName(verbatim: "acs:ram::system:policy/\(name)")
    }

    private init(verbatim text: String) { description = text }
}

/// A resource that a permission is tested on, with what policies may ask of it.
package struct Resource: Sendable {
    package let name: ResourceName
    /// The tags of a key, where the caller's policies look at tags; else none.
    package let tags: [Tag]

    package init(_ name: ResourceName, tags: [Tag] = []) {
        self.name = name
        self.tags = tags
    }

    package static func alias(_ name: AliasName, in namespace: Namespace) -> Self {
        Resource(.alias(name, in: namespace))
    }
    package static func certificate(_ id: CertificateID, in namespace: Namespace) -> Self {
        Resource(.certificate(id, in: namespace))
    }
    package static func keyContainer(of namespace: Namespace) -> Self { Resource(.keyContainer(of: namespace)) }
    package static func aliasContainer(of namespace: Namespace) -> Self { Resource(.aliasContainer(of: namespace)) }
    package static func certificateContainer(of namespace: Namespace) -> Self {
        Resource(.certificateContainer(of: namespace))
    }
    package static let everything = Resource(.everything)
}
