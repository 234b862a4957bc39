/// The name of an alias: `alias/` and 1 to 255 letters, digits, `_`, `-` and `/` (manual 3.2).
package struct AliasName: Hashable, Sendable, CustomStringConvertible {
    /// The whole name, prefix included.
    package let description: String

    package static let prefix = "alias/"

    /// The name written in `text`, or nil where it breaks the rules.
    package init?(_ text: String) {
        guard text.utf8.starts(with: Self.prefix.utf8) else { return nil }
        let rest = text.utf8.dropFirst(Self.prefix.utf8.count)
        guard (1...255).contains(rest.count), rest.allSatisfy(Self.permits) else { return nil }
        description = text
    }

    /// Whether the name belongs to the keys of cloud services: users may not take one that begins `alias/acs`.
    package var isReserved: Bool { description.utf8.starts(with: "alias/acs".utf8) }

    private static func permits(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

/// A name for a key, unique in its namespace.
package struct Alias: Sendable, Equatable {
    package let name: AliasName
    package let namespace: Namespace
    package let key: KeyID

    package init(name: AliasName, namespace: Namespace, key: KeyID) {
        self.name = name
        self.namespace = namespace
        self.key = key
    }
}
