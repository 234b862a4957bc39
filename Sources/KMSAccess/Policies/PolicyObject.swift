internal import KMSCore

/// A JSON object of a policy. It has known members only, so that nothing the author meant goes unheeded.
struct PolicyObject {
    /// Where the object is, for errors.
    let place: String
    let members: [(key: [UInt8], value: StrictJSON)]

    /// - Parameter known: the names that the object's members may have; nil for any.
    init(_ value: StrictJSON, at place: String, knowing known: [String]?) throws(PolicyDocumentError) {
        guard case .object(let members) = value else { throw PolicyDocumentError(place, "It must be an object.") }
        self.place = place
        self.members = members
        guard let known else { return }
        for (name, _) in members where !known.contains(where: { $0.utf8.elementsEqual(name) }) {
            let list = known.joined(separator: ", ")
            throw PolicyDocumentError(place, "The member \(name.quotable) is not known here; known are \(list).")
        }
    }

    subscript(name: String) -> StrictJSON? { members.first { name.utf8.elementsEqual($0.key) }?.value }

    func required(_ name: String) throws(PolicyDocumentError) -> StrictJSON {
        guard let value = self[name] else { throw PolicyDocumentError(place, "\(name) is missing.") }
        return value
    }

    /// The texts of a needed member: one text, or a list of at least one.
    func texts(_ name: String) throws(PolicyDocumentError) -> [[UInt8]] {
        try texts(in: try required(name), of: name) { value in
            if case .string(let text) = value { text } else { nil }
        }
    }

    /// The texts of a member whose value is one element or a list of at least one; `text` is nil for what is none.
    func texts(
        in value: StrictJSON,
        of name: String,
        _ text: (StrictJSON) -> [UInt8]?
    ) throws(PolicyDocumentError) -> [[UInt8]] {
        if let single = text(value) { return [single] }
        guard case .array(let elements) = value else {
            throw PolicyDocumentError(place, "\(name) must be a string or a list of strings.")
        }
        guard !elements.isEmpty else { throw PolicyDocumentError(place, "\(name) is an empty list.") }
        let texts = elements.compactMap(text)
        guard texts.count == elements.count else {
            throw PolicyDocumentError(place, "\(name) must be a string or a list of strings.")
        }
        return texts
    }
}

extension PolicyObject {
    /// The statements of a document with `Version` and `Statement`, whose members have known names.
    static func statements(
        of document: String,
        knowing known: [String]
    ) throws(PolicyDocumentError) -> [PolicyObject] {
        let json: StrictJSON
        do { json = try StrictJSON(reading: document.utf8) } catch { throw PolicyDocumentError("", error.explanation) }
        let policy = try PolicyObject(json, at: "Policy", knowing: ["Version", "Statement"])
        guard case .string(let version) = try policy.required("Version"), version == Array("1".utf8) else {
            throw PolicyDocumentError(policy.place, "Version must be \"1\".")
        }
        guard case .array(let elements) = try policy.required("Statement"), !elements.isEmpty else {
            throw PolicyDocumentError(policy.place, "Statement must be a list of at least one statement.")
        }
        var statements: [PolicyObject] = []
        for (offset, element) in elements.enumerated() {
            statements.append(try PolicyObject(element, at: "Statement \(offset + 1)", knowing: known))
        }
        return statements
    }

    func effect() throws(PolicyDocumentError) -> PolicyEffect {
        guard
            case .string(let text) = try required("Effect"),
            text.allSatisfy({ $0 < 0x80 }),
            let effect = PolicyEffect(rawValue: String(decoding: text, as: UTF8.self))
        else { throw PolicyDocumentError(place, "Effect must be Allow or Deny.") }
        return effect
    }
}

extension [UInt8] {
    /// The text as an error may repeat it: printable ASCII of a moderate length, or else no more than a remark.
    var quotable: String {
        let isPlain = count <= 64 && allSatisfy { (0x21...0x7E).contains($0) }
        return isPlain ? "\"\(String(decoding: self, as: UTF8.self))\"" : "with an unusual name"
    }
}
