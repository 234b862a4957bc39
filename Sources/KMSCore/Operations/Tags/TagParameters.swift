/// How tags come in requests: as JSON text, or as numbered parameters.
extension ParameterReader {
    /// `[{"TagKey":"a","TagValue":"b"}]`, at most 20; nil where the parameter is absent.
    mutating func tags(_ name: StaticString) throws(KMSError) -> [Tag]? {
        guard let json = try json(name) else { return nil }
        guard case .array(let elements) = json, elements.count <= Limits.tagsPerRequest else {
            throw .invalid(
                "\(name)",
                #"Use a JSON array of at most \#(Limits.tagsPerRequest) objects: [{"TagKey":"a","TagValue":"b"}]."#
            )
        }
        var tags: [Tag] = []
        for element in elements {
            var key: String?
            var value = ""
            guard case .object(let members) = element else { throw .invalid("\(name)", "Every tag is a JSON object.") }
            for (member, content) in members {
                guard let text = content.text else { throw .invalid("\(name)", "TagKey and TagValue are strings.") }
                switch String(decoding: member, as: UTF8.self) {
                case "TagKey": key = text
                case "TagValue": value = text
                default: throw .invalid("\(name)", "A tag has a TagKey and a TagValue.")
                }
            }
            guard let key else { throw .invalidTagKey("Every tag has a TagKey.") }
            tags.append(try Self.tag(key, value))
        }
        return try Self.distinct(tags)
    }

    /// `["a","b"]`: the keys of tags.
    mutating func tagKeys(_ name: StaticString) throws(KMSError) -> [String] {
        guard let json = try json(name) else { throw .missing("\(name)") }
        guard case .array(let elements) = json, (1...Limits.tagsPerRequest).contains(elements.count) else {
            throw .invalid("\(name)", #"Use a JSON array of 1 to \#(Limits.tagsPerRequest) strings: ["a","b"]."#)
        }
        var keys: [String] = []
        for element in elements {
            guard let key = element.text else { throw .invalid("\(name)", "Every tag key is a string.") }
            keys.append(try Self.tagKey(key))
        }
        return keys
    }

    /// `Tag.1.Key`, `Tag.1.Value` … for writing.
    mutating func numberedTags() throws(KMSError) -> [Tag] {
        var tags: [Tag] = []
        for parts in try objects("Tag", parts: ["Key", "Value"], limit: Limits.tagsPerRequest) {
            guard let key = parts["Key"] else { throw .invalidTagKey("Every tag has a Key.") }
            tags.append(try Self.tag(key, parts["Value"] ?? ""))
        }
        return try Self.distinct(tags)
    }

    /// `Tag.1.Key`, `Tag.1.Value` … for searching: a tag without a value stands for any value.
    mutating func soughtTags() throws(KMSError) -> [(key: String, value: String?)] {
        var sought: [(key: String, value: String?)] = []
        for parts in try objects("Tag", parts: ["Key", "Value"], limit: Limits.tagsPerRequest) {
            guard let key = parts["Key"] else { throw .invalidTagKey("Every tag has a Key.") }
            if let value = parts["Value"], !Tag.permitsValue(value) { throw .invalidTagValue(Self.valueRule) }
            sought.append((try Self.tagKey(key), parts["Value"]))
        }
        return sought
    }

    static func tagKey(_ text: String) throws(KMSError) -> String {
        guard Tag.permitsKey(text) else { throw .invalidTagKey(keyRule) }
        return text
    }

    private static func tag(_ key: String, _ value: String) throws(KMSError) -> Tag {
        guard Tag.permitsValue(value) else { throw .invalidTagValue(valueRule) }
        return Tag(key: try tagKey(key), value: value)
    }

    private static func distinct(_ tags: [Tag]) throws(KMSError) -> [Tag] {
        guard Set(tags.map(\.key)).count == tags.count else { throw .duplicateTagKey }
        return tags
    }

    private static let keyRule =
        #"Use 1 to 128 letters, digits and / \ _ - . + = @ : that do not begin with aliyun or acs:."#
    private static let valueRule = #"Use at most 256 letters, digits and / \ _ - . + = @ :."#
}
