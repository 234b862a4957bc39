extension ParameterReader {
    /// The filters of ListKeys: `[{"Key":"KeyState","Values":["Enabled"]}]`, at most 10 with at most 10 values each.
    ///
    /// Filters on different keys must all hold; of one key's values one must, also where the key stands twice. A
    /// filter without values restricts nothing.
    mutating func keyFilter(_ name: StaticString) throws(KMSError) -> KeyFilter {
        var filter = KeyFilter()
        guard let json = try json(name) else { return filter }
        guard case .array(let elements) = json, elements.count <= Limits.filters else {
            throw .invalid(
                "\(name)",
                #"Use a JSON array of at most 10 objects: [{"Key":"KeyState","Values":["Enabled"]}]."#
            )
        }
        for element in elements {
            let (key, values) = try Self.filterParts(element, name)
            switch key {
            case "KeyState": try Self.add(values, to: &filter.states, name, key)
            case "KeySpec": try Self.add(values, to: &filter.specs, name, key)
            case "KeyUsage": try Self.add(values, to: &filter.usages, name, key)
            case "ProtectionLevel": try Self.add(values, to: &filter.levels, name, key)
            case "CreatorType": try Self.add(values, to: &filter.creatorTypes, name, key)
            default:
                throw .invalid("\(name)", "Use the keys KeyState, KeySpec, KeyUsage, ProtectionLevel and CreatorType.")
            }
        }
        return filter
    }

    private static func filterParts(
        _ element: StrictJSON,
        _ name: StaticString
    ) throws(KMSError) -> (key: String, values: [String]) {
        var key: String?
        var values: [String]?
        guard case .object(let members) = element else { throw .invalid("\(name)", "Every filter is a JSON object.") }
        for (member, value) in members {
            switch (String(decoding: member, as: UTF8.self), value) {
            case ("Key", .string(let text)): key = String(decoding: text, as: UTF8.self)
            case ("Values", .array(let elements)) where elements.count <= Limits.filters:
                values = elements.compactMap(\.text)
                guard values?.count == elements.count else { throw .invalid("\(name)", "Every value is a string.") }
            default:
                throw .invalid("\(name)", "A filter has a string Key and an array Values of at most 10 strings.")
            }
        }
        guard let key else { throw .invalid("\(name)", "Every filter has a Key.") }
        return (key, values ?? [])
    }

    private static func add<Choice>(
        _ values: [String],
        to set: inout Set<Choice>?,
        _ name: StaticString,
        _ key: String
    ) throws(KMSError) where Choice: RawRepresentable<String> & CaseIterable & Hashable {
        for value in values {
            guard let choice = Choice(rawValue: value) else {
                let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalid("\(name)", "\(key) takes the values \(allowed).")
            }
            set = (set ?? []).union([choice])
        }
    }
}

extension StrictJSON {
    /// The text of a JSON string, or nil for anything else.
    package var text: String? {
        if case .string(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}
