/// How a request names a key: by id, alias or ARN.
package enum KeyReference: Sendable, Equatable {
    case id(KeyID)
    case alias(AliasName)
    /// A key of a certain account and region.
    case key(KeyID, account: String, region: String)
    /// An alias of a certain account and region.
    case foreignAlias(AliasName, account: String, region: String)
    /// An alias that no alias can be called.
    case impossibleAlias
    /// A text that is no name of a key; it names none.
    case unknown

    package init(_ text: String) {
        if let uuid = UUIDBytes(text: text.utf8) {
            self = .id(KeyID(uuid))
        } else if text.utf8.starts(with: AliasName.prefix.utf8) {
            self = AliasName(text).map { .alias($0) } ?? .impossibleAlias
        } else {
            self = Self.arn(text) ?? .unknown
        }
    }

    /// `acs:kms:<region>:<account>:key/<id>`, or the same with an alias's name at its end.
    private static func arn(_ text: String) -> KeyReference? {
        let parts = text.split(separator: ":", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0] == "acs", parts[1] == "kms" else { return nil }
        let (region, account) = (String(parts[2]), String(parts[3]))
        if parts[4].utf8.starts(with: "key/".utf8), let uuid = UUIDBytes(text: parts[4].utf8.dropFirst(4)) {
            return .key(KeyID(uuid), account: account, region: region)
        }
        return AliasName(String(parts[4])).map { .foreignAlias($0, account: account, region: region) }
    }
}
