internal import KMSCore

/// What a condition asks about (spec 12.3).
package enum ConditionKey: Sendable, Hashable {
    /// `acs:CurrentTime`, in whole seconds.
    case currentTime
    /// `acs:SecureTransport`: whether the request came over TLS.
    case secureTransport
    /// `acs:SourceIp`: the client's address.
    case sourceAddress
    /// `acs:MFAPresent`: whether the caller proved more than one factor.
    case multiFactor
    /// `kms:tag/<key>`: the value of a tag of the key that the request is about.
    case tag(String)
    /// `sts:ExternalId`: what the caller of AssumeRole gave to tell its customers apart.
    case externalID

    /// The key of that name, or nil where a policy of that kind has none such.
    init?(_ name: [UInt8], in kind: PolicyKind) {
        // Swift would take some other characters for the ASCII ones that they are canonically equivalent to.
        guard name.allSatisfy({ $0 < 0x80 }) else { return nil }
        let text = String(decoding: name, as: UTF8.self)
        switch (text, kind) {
        case ("acs:CurrentTime", _): self = .currentTime
        case ("acs:SecureTransport", _): self = .secureTransport
        case ("acs:SourceIp", _): self = .sourceAddress
        case ("acs:MFAPresent", _): self = .multiFactor
        case ("sts:ExternalId", .trust): self = .externalID
        case (_, .identity):
            let prefix = "kms:tag/"
            guard text.utf8.starts(with: prefix.utf8) else { return nil }
            let key = String(Substring(text.utf8.dropFirst(prefix.utf8.count)))
            // No key can have another tag, so that the condition would be a mistake.
            guard Tag.permitsKey(key) else { return nil }
            self = .tag(key)
        default: return nil
        }
    }
}

/// What a policy is attached to.
enum PolicyKind: Sendable {
    /// A user, role or session: says what it may do.
    case identity
    /// A role: says who may assume it.
    case trust
}
