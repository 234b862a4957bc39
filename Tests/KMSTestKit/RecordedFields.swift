package import KMSCore

/// An answer's fields, kept as they were written.
package indirect enum Field: Equatable, Sendable {
    case text(String)
    case number(Int)
    case boolean(Bool)
    case object([String: Field])
    case list([Field])

    package subscript(_ name: String) -> Field? { if case .object(let members) = self { members[name] } else { nil } }
    package subscript(_ index: Int) -> Field? {
        if case .list(let elements) = self, elements.indices.contains(index) { elements[index] } else { nil }
    }

    package var text: String? { if case .text(let text) = self { text } else { nil } }
    package var number: Int? { if case .number(let number) = self { number } else { nil } }
    package var elements: [Field] { if case .list(let elements) = self { elements } else { [] } }
}

/// Records what a response writes.
package struct RecordedFields: FieldWriter {
    package private(set) var members: [String: Field] = [:]
    package private(set) var names: [String] = []

    package init() {}

    private mutating func set(_ name: StaticString, _ field: Field) {
        members["\(name)"] = field
        names.append("\(name)")
    }

    package mutating func text(_ name: StaticString, _ value: String) { set(name, .text(value)) }
    package mutating func id(_ name: StaticString, _ value: UUIDBytes) { set(name, .text(value.description)) }
    package mutating func base64(_ name: StaticString, _ value: [UInt8]) {
        let text = Base64.encode(SecretBytes(copying: value)).withBytes { $0.withUnsafeBytes { Array($0) } }
        set(name, .text(String(decoding: text, as: UTF8.self)))
    }
    package mutating func secret(_ name: StaticString, _ value: SecretBox) {
        set(name, .text(value.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }))
    }
    package mutating func number(_ name: StaticString, _ value: Int) { set(name, .number(value)) }
    package mutating func boolean(_ name: StaticString, _ value: Bool) { set(name, .boolean(value)) }
    package mutating func object(_ name: StaticString, _ body: (inout RecordedFields) -> Void) {
        var inner = RecordedFields()
        body(&inner)
        set(name, .object(inner.members))
    }
    package mutating func texts(_ name: StaticString, of elementName: StaticString, _ values: [String]) {
        set(name, .list(values.map { .text($0) }))
    }
    package mutating func map(
        _ name: StaticString,
        of elementName: StaticString,
        _ pairs: [(key: String, value: String)]
    ) {
        set(name, .object(Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, .text($0.value)) })))
    }
    package mutating func list<Element>(
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
