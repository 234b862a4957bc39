import KMSCore

/// An answer's fields, kept as they were written.
indirect enum Field: Equatable, Sendable {
    case text(String)
    case number(Int)
    case boolean(Bool)
    case object([String: Field])
    case list([Field])

    subscript(_ name: String) -> Field? { if case .object(let members) = self { members[name] } else { nil } }
    subscript(_ index: Int) -> Field? {
        if case .list(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int? { if case .number(let number) = self { number } else { nil } }
    var elements: [Field] { if case .list(let elements) = self { elements } else { [] } }
}

/// Records what a response writes.
struct RecordedFields: FieldWriter {
    private(set) var members: [String: Field] = [:]
    private(set) var names: [String] = []

    private mutating func set(_ name: StaticString, _ field: Field) {
        members["\(name)"] = field
        names.append("\(name)")
    }

    mutating func text(_ name: StaticString, _ value: String) { set(name, .text(value)) }
    mutating func id(_ name: StaticString, _ value: UUIDBytes) { set(name, .text(value.description)) }
    mutating func base64(_ name: StaticString, _ value: [UInt8]) {
        let text = Base64.encode(SecretBytes(copying: value)).withBytes { $0.withUnsafeBytes { Array($0) } }
        set(name, .text(String(decoding: text, as: UTF8.self)))
    }
    mutating func secret(_ name: StaticString, _ value: SecretBox) {
        set(name, .text(value.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }))
    }
    mutating func number(_ name: StaticString, _ value: Int) { set(name, .number(value)) }
    mutating func boolean(_ name: StaticString, _ value: Bool) { set(name, .boolean(value)) }
    mutating func object(_ name: StaticString, _ body: (inout RecordedFields) -> Void) {
        var inner = RecordedFields()
        body(&inner)
        set(name, .object(inner.members))
    }
    mutating func texts(_ name: StaticString, of elementName: StaticString, _ values: [String]) {
        set(name, .list(values.map { .text($0) }))
    }
    mutating func map(_ name: StaticString, of elementName: StaticString, _ pairs: [(key: String, value: String)]) {
        set(name, .object(Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, .text($0.value)) })))
    }
    mutating func list<Element>(
        _ name: StaticString,
        of elementName: StaticString,
        _ elements: [Element],
        _ each: (inout RecordedFields, Element) -> Void
    ) {
        let list = elements.map { element in
            var inner = RecordedFields()
            each(&inner, element)
            return Field.object(inner.members)
        }
        set(name, .object(["\(elementName)": .list(list)]))
    }
}
