import KMSCore

extension StrictJSON {
    /// The value as JSON of two-space indentation, members in the order in which they came.
    var indented: String {
        var text: [UInt8] = []
        append(to: &text, depth: 0)
        text.append(UInt8(ascii: "\n"))
        return String(decoding: text, as: UTF8.self)
    }

    private func append(to text: inout [UInt8], depth: Int) {
        switch self {
        case .string(let bytes): text.appendJSONString(bytes)
        case .number(let digits): text += digits
        case .boolean(let value): text += Array((value ? "true" : "false").utf8)
        case .null: text += Array("null".utf8)
        case .array(let elements):
            Self.appendList(elements, in: "[]", to: &text, depth: depth) { element, text in
                element.append(to: &text, depth: depth + 1)
            }
        case .object(let members):
            Self.appendList(members, in: "{}", to: &text, depth: depth) { member, text in
                text.appendJSONString(member.key)
                text += Array(": ".utf8)
                member.value.append(to: &text, depth: depth + 1)
            }
        }
    }

    private static func appendList<Element>(
        _ elements: [Element],
        in brackets: String,
        to text: inout [UInt8],
        depth: Int,
        _ appendElement: (Element, inout [UInt8]) -> Void
    ) {
        let brackets = Array(brackets.utf8)
        text.append(brackets[0])
        for (offset, element) in elements.enumerated() {
            text += Array((offset == 0 ? "\n" : ",\n").utf8)
            text += Array(repeating: UInt8(ascii: " "), count: 2 * (depth + 1))
            appendElement(element, &text)
        }
        if !elements.isEmpty {
            text.append(UInt8(ascii: "\n"))
            text += Array(repeating: UInt8(ascii: " "), count: 2 * depth)
        }
        text.append(brackets[1])
    }

    /// A line for each value that holds no others: `Keys.Key.1.KeyId`, a tab, the value. Elements are counted from 1,
    /// as in parameters.
    var lines: String {
        var text = ""
        appendLines(to: &text, path: "")
        return text
    }

    private func appendLines(to text: inout String, path: String) {
        let prefix = path.isEmpty ? "" : path + "."
        switch self {
        case .object(let members):
            for member in members {
                member.value.appendLines(to: &text, path: prefix + String(decoding: member.key, as: UTF8.self))
            }
        case .array(let elements):
            for (offset, element) in elements.enumerated() {
                element.appendLines(to: &text, path: prefix + String(offset + 1))
            }
        case .string(let bytes): text += "\(path.printable)\t\(String(decoding: bytes, as: UTF8.self).printable)\n"
        case .number(let digits): text += "\(path.printable)\t\(String(decoding: digits, as: UTF8.self))\n"
        case .boolean(let value): text += "\(path.printable)\t\(value)\n"
        case .null: text += "\(path.printable)\t\n"
        }
    }
}
