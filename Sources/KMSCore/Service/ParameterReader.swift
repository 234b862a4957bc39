/// Reads the parameters that an operation documents, and refuses what almost names one.
///
/// An empty optional parameter counts as absent. After reading, ``finish()`` refuses parameters that were not read
/// although the first dotted part of their name is documented (`KeyId.1`): anything else unknown is ignored.
package struct ParameterReader {
    private let parameters: Parameters
    private var isRead: [Bool]
    private var documented: [StaticString] = []

    package init(_ parameters: Parameters) {
        self.parameters = parameters
        isRead = Array(repeating: false, count: parameters.entries.count)
        documented.reserveCapacity(8)
    }

    // MARK: Texts

    /// The bytes of a parameter, or nil where it is absent or empty.
    package mutating func bytes(_ name: StaticString) -> ArraySlice<UInt8>? {
        documented.append(name)
        guard let index = parameters.index(of: name) else { return nil }
        isRead[index] = true
        let value = parameters.value(parameters.entries[index])
        return value.isEmpty ? nil : value
    }

    /// Whether the parameter was given, be it empty.
    package func isGiven(_ name: StaticString) -> Bool { parameters.index(of: name) != nil }

    /// A text of at most `limit` Unicode scalars, or nil where it is absent or empty.
    package mutating func optionalText(_ name: StaticString, limit: Int = 1_024) throws(KMSError) -> String? {
        guard let bytes = bytes(name) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalid("\(name)", "It is not UTF-8.")
        }
        // Databases end a text there.
        guard !bytes.contains(0) else { throw .invalid("\(name)", "It contains the character U+0000.") }
        guard text.unicodeScalars.count <= limit else {
            throw .invalid("\(name)", "It may have \(limit) characters at most.")
        }
        return text
    }

    package mutating func text(_ name: StaticString, limit: Int = 1_024) throws(KMSError) -> String {
        guard let text = try optionalText(name, limit: limit) else { throw .missing("\(name)") }
        return text
    }

    /// A text that becomes a secret of at most `byteCount` bytes of UTF-8.
    package mutating func secret(_ name: StaticString, byteCount: Int) throws(KMSError) -> SecretBytes {
        guard let bytes = bytes(name) else { throw .missing("\(name)") }
        guard bytes.count <= byteCount else {
            throw .invalid("\(name)", "It has \(bytes.count) bytes; \(byteCount) are allowed.")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .invalid("\(name)", "It is not UTF-8.") }
        return unsafe SecretBytes(copying: bytes.span.bytes)
    }

    // MARK: Numbers and choices

    package mutating func integer(_ name: StaticString, in range: ClosedRange<Int>) throws(KMSError) -> Int? {
        guard let bytes = bytes(name) else { return nil }
        guard bytes.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }),
            let value = Int(String(decoding: bytes, as: UTF8.self)), range.contains(value)
        else {
            let bounds =
                range.upperBound == .max
                ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
            throw .invalid("\(name)", "Use a whole number \(bounds).")
        }
        return value
    }

    /// `true` or `false` in any case.
    package mutating func boolean(_ name: StaticString) throws(KMSError) -> Bool? {
        guard let bytes = bytes(name) else { return nil }
        switch String(decoding: bytes.prefix(6), as: UTF8.self).lowercased() {
        case "true": return true
        case "false": return false
        default: throw .invalid("\(name)", "Use true or false.")
        }
    }

    /// One of the words that `Choice` knows, in their exact case.
    package mutating func choice<Choice>(
        _ name: StaticString,
        _: Choice.Type = Choice.self
    ) throws(KMSError) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
        guard let text = try optionalText(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .invalid("\(name)", "Use one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }

    package mutating func page() throws(KMSError) -> Page {
        let number = try integer("PageNumber", in: 1...Int.max) ?? 1
        return Page(number: number, size: try integer("PageSize", in: Limits.pageSize) ?? Limits.defaultPageSize)
    }

    // MARK: Lists

    /// The values of `Name.1`, `Name.2` … in the order of their numbers, gaps allowed.
    package mutating func list(_ name: StaticString, limit: Int) throws(KMSError) -> [String] {
        try numbered(name, limit: limit).map { $0.value }
    }

    /// The parts of `Name.1.Key`, `Name.1.Value` … in the order of their numbers.
    package mutating func objects(
        _ name: StaticString,
        parts: [String],
        limit: Int
    ) throws(KMSError) -> [[String: String]] {
        var objects: [(number: Int, parts: [String: String])] = []
        for (number, part, value) in try numbered(name, parts: parts, limit: limit) {
            if objects.last?.number != number { objects.append((number, [:])) }
            objects[objects.count - 1].parts[part] = value
        }
        return objects.map(\.parts)
    }

    private mutating func numbered(
        _ name: StaticString,
        parts: [String] = [""],
        limit: Int
    ) throws(KMSError) -> [(number: Int, part: String, value: String)] {
        documented.append(name)
        var found: [(number: Int, part: String, value: String)] = []
        for (index, entry) in parameters.entries.enumerated() {
            guard let rest = dottedRest(of: entry, after: name) else { continue }
            let pieces = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard let first = pieces.first, first.count <= 4, first.first != UInt8(ascii: "0"),
                first.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(String(decoding: first, as: UTF8.self)),
                pieces.count <= 2
            else { throw .invalid("\(name)", "Number the elements: \(name).1, \(name).2 and so on.") }
            let part = pieces.count == 2 ? String(decoding: pieces[1], as: UTF8.self) : ""
            guard parts.contains(part) else {
                throw .invalid(
                    "\(name)",
                    "An element is written \(parts.map { $0.isEmpty ? "\(name).1" : "\(name).1.\($0)" }.joined(separator: ", "))."
                )
            }
            guard let value = String(validating: parameters.value(entry), as: UTF8.self) else {
                throw .invalid("\(name)", "It is not UTF-8.")
            }
            isRead[index] = true
            found.append((number, part, value))
        }
        guard Set(found.map(\.number)).count <= limit else {
            throw .invalid("\(name)", "\(limit) elements are allowed.")
        }
        return found.sorted { ($0.number, $0.part) < ($1.number, $1.part) }
    }

    /// The pairs of the map form `Name.key=value`, as bytes, or an empty array.
    package mutating func mapForm(_ name: StaticString) -> [(key: [UInt8], value: [UInt8])] {
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        for (index, entry) in parameters.entries.enumerated() {
            guard let key = dottedRest(of: entry, after: name) else { continue }
            isRead[index] = true
            pairs.append((Array(key), Array(parameters.value(entry))))
        }
        return pairs
    }

    /// What follows `name.` in the entry's name, or nil where the name begins otherwise.
    private func dottedRest(of entry: Parameters.Entry, after name: StaticString) -> ArraySlice<UInt8>? {
        let full = parameters.name(entry)
        let count = name.utf8CodeUnitCount
        guard full.count > count, full[full.startIndex + count] == UInt8(ascii: ".") else { return nil }
        guard name.withUTF8Buffer({ unsafe full.prefix(count).elementsEqual($0) }) else { return nil }
        return full.dropFirst(count + 1)
    }

    // MARK: The end

    /// Refuses what was not read although its name begins with a documented one.
    package func finish() throws(KMSError) {
        for (index, entry) in parameters.entries.enumerated() where !isRead[index] {
            for name in documented where dottedRest(of: entry, after: name) != nil {
                throw .invalid("\(name)", "It takes no parts: leave out what follows the dot.")
            }
        }
    }
}
