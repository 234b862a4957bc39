internal import FoundationEssentials
package import KMSCore
package import NIOCore

/// Writes an answer as one XML element of the operation's name.
///
/// XML 1.0 (section 2.2) cannot carry most control characters, U+FFFE and U+FFFF, not even escaped: each is replaced
/// by U+FFFD. Who needs them asks for JSON.
package struct XMLFieldWriter: FieldWriter {
    private var buffer: ByteBuffer
    private let root: String

    /// - Parameter root: the name of the outermost element, a valid XML name.
    package init(root: String) {
        self.root = root
        buffer = ByteBuffer()
        buffer.reserveCapacity(512)
        buffer.writeStaticString(#"<?xml version="1.0" encoding="UTF-8"?><"#)
        buffer.writeString(root)
        buffer.writeStaticString(">")
    }

    package consuming func finish() -> ByteBuffer {
        buffer.writeStaticString("</")
        buffer.writeString(root)
        buffer.writeStaticString(">")
        return buffer
    }

    package mutating func text(_ name: StaticString, _ value: String) {
        element(name) { writer in writer.buffer.writeUTF8(of: value) { $0.writeXMLText($1) } }
    }

    package mutating func id(_ name: StaticString, _ value: UUIDBytes) {
        element(name) { $0.buffer.writeString(value.description) }
    }

    package mutating func base64(_ name: StaticString, _ value: [UInt8]) {
        element(name) { $0.buffer.writeString(Data(value).base64EncodedString()) }
    }

    package mutating func secret(_ name: StaticString, _ value: SecretBox) {
        element(name) { writer in
            value.withBytes { bytes in bytes.withUnsafeBytes { writer.buffer.writeXMLText($0) } }
        }
    }

    package mutating func number(_ name: StaticString, _ value: Int) {
        element(name) { $0.buffer.writeString(String(value)) }
    }

    package mutating func boolean(_ name: StaticString, _ value: Bool) {
        element(name) { $0.buffer.writeStaticString(value ? "true" : "false") }
    }

    package mutating func object(_ name: StaticString, _ body: (inout Self) -> Void) {
        element(name, body)
    }

    package mutating func list<Element>(
        _ name: StaticString,
        of elementName: StaticString,
        _ elements: [Element],
        _ each: (inout Self, Element) -> Void
    ) {
        element(name) { writer in
            for element in elements { writer.element(elementName) { each(&$0, element) } }
        }
    }

    package mutating func texts(_ name: StaticString, of elementName: StaticString, _ values: [String]) {
        element(name) { writer in
            for value in values { writer.text(elementName, value) }
        }
    }

    package mutating func map(
        _ name: StaticString,
        of elementName: StaticString,
        _ pairs: [(key: String, value: String)]
    ) {
        list(name, of: elementName, pairs) { writer, pair in
            writer.text("Key", pair.key)
            writer.text("Value", pair.value)
        }
    }

    private mutating func element(_ name: StaticString, _ body: (inout Self) -> Void) {
        buffer.writeStaticString("<")
        buffer.writeStaticString(name)
        buffer.writeStaticString(">")
        body(&self)
        buffer.writeStaticString("</")
        buffer.writeStaticString(name)
        buffer.writeStaticString(">")
    }
}

extension ByteBuffer {
    /// Writes UTF-8 as character data.
    fileprivate mutating func writeXMLText(_ text: UnsafeRawBufferPointer) {
        var start = 0
        var index = 0
        while index < text.count {
            let (replacement, count) = Self.xmlReplacement(text, at: index)
            if let replacement {
                writeBytes(text[start..<index])
                writeStaticString(replacement)
                start = index + count
            }
            index += count
        }
        writeBytes(text[start...])
    }

    /// What must stand for the bytes at `index` where they cannot stand for themselves, and how many they are.
    private static func xmlReplacement(
        _ text: UnsafeRawBufferPointer,
        at index: Int
    ) -> (replacement: StaticString?, count: Int) {
        switch text[index] {
        case UInt8(ascii: "&"): ("&amp;", 1)
        case UInt8(ascii: "<"): ("&lt;", 1)
        case UInt8(ascii: ">"): ("&gt;", 1)
        case 0x09, 0x0A: (nil, 1)
        // A parser turns a bare carriage return into a line feed.
        case 0x0D: ("&#13;", 1)
        case 0..<0x20: ("\u{FFFD}", 1)
        case 0xEF where index + 2 < text.count && text[index + 1] == 0xBF && text[index + 2] >= 0xBE: ("\u{FFFD}", 3)
        default: (nil, 1)
        }
    }
}
