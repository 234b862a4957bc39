package import KMSCore
package import NIOCore

/// Writes an answer as one JSON object.
///
/// Text leaves as raw UTF-8: old Java clients cannot read `\u` escapes, so only control characters without a short
/// form are written as such.
package struct JSONFieldWriter: FieldWriter {
    private var buffer: ByteBuffer
    private var isFirst = true

    package init() {
        buffer = ByteBuffer()
        buffer.reserveCapacity(512)
        buffer.writeStaticString("{")
    }

    package consuming func finish() -> ByteBuffer {
        buffer.writeStaticString("}")
        return buffer
    }

    package mutating func text(_ name: StaticString, _ value: String) {
        begin(name)
        buffer.writeStaticString("\"")
        buffer.writeUTF8(of: value) { $0.writeJSONText($1) }
        buffer.writeStaticString("\"")
    }

    package mutating func id(_ name: StaticString, _ value: UUIDBytes) {
        begin(name)
        buffer.writeStaticString("\"")
        value.text.span.withUnsafeBufferPointer { _ = buffer.writeBytes($0) }
        buffer.writeStaticString("\"")
    }

    package mutating func base64(_ name: StaticString, _ value: [UInt8]) {
        begin(name)
        buffer.writeStaticString("\"")
        buffer.writeBytes(Base64.characters(of: value))
        buffer.writeStaticString("\"")
    }

    package mutating func secret(_ name: StaticString, _ value: SecretBox) {
        begin(name)
        buffer.writeStaticString("\"")
        value.withBytes { bytes in bytes.withUnsafeBytes { buffer.writeJSONText($0) } }
        buffer.writeStaticString("\"")
    }

    package mutating func number(_ name: StaticString, _ value: Int) {
        begin(name)
        buffer.writeString(String(value))
    }

    package mutating func boolean(_ name: StaticString, _ value: Bool) {
        begin(name)
        buffer.writeStaticString(value ? "true" : "false")
    }

    package mutating func object(_ name: StaticString, _ body: (inout Self) -> Void) {
        begin(name)
        braced(body)
    }

    package mutating func list<Element>(
        _ name: StaticString,
        of elementName: StaticString,
        _ elements: [Element],
        _ each: (inout Self, Element) -> Void
    ) {
        object(name) { writer in
            writer.begin(elementName)
            writer.buffer.writeStaticString("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { writer.buffer.writeStaticString(",") }
                writer.braced { each(&$0, element) }
            }
            writer.buffer.writeStaticString("]")
        }
    }

    package mutating func texts(_ name: StaticString, of elementName: StaticString, _ values: [String]) {
        begin(name)
        buffer.writeStaticString("[")
        for (index, value) in values.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            quoted(value)
        }
        buffer.writeStaticString("]")
    }

    package mutating func map(
        _ name: StaticString,
        of elementName: StaticString,
        _ pairs: [(key: String, value: String)]
    ) {
        begin(name)
        buffer.writeStaticString("{")
        for (index, pair) in pairs.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            quoted(pair.key)
            buffer.writeStaticString(":")
            quoted(pair.value)
        }
        buffer.writeStaticString("}")
    }

    private mutating func quoted(_ text: String) {
        buffer.writeStaticString("\"")
        buffer.writeUTF8(of: text) { $0.writeJSONText($1) }
        buffer.writeStaticString("\"")
    }

    private mutating func braced(_ body: (inout Self) -> Void) {
        buffer.writeStaticString("{")
        isFirst = true
        body(&self)
        buffer.writeStaticString("}")
        isFirst = false
    }

    /// Writes what stands before a value.
    private mutating func begin(_ name: StaticString) {
        buffer.writeStaticString(isFirst ? "\"" : ",\"")
        isFirst = false
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
    }
}

extension ByteBuffer {
    /// Writes UTF-8 as the inside of a JSON string.
    fileprivate mutating func writeJSONText(_ text: UnsafeRawBufferPointer) {
        var start = 0
        for (index, byte) in text.enumerated()
        where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            writeBytes(text[start..<index])
            start = index + 1
            switch byte {
            case UInt8(ascii: "\""): writeStaticString(#"\""#)
            case UInt8(ascii: "\\"): writeStaticString(#"\\"#)
            case 0x08: writeStaticString(#"\b"#)
            case 0x09: writeStaticString(#"\t"#)
            case 0x0A: writeStaticString(#"\n"#)
            case 0x0C: writeStaticString(#"\f"#)
            case 0x0D: writeStaticString(#"\r"#)
            default:
                writeStaticString(byte < 0x10 ? #"\u000"# : #"\u001"#)
                let digit = byte & 0xF
                writeInteger(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
        writeBytes(text[start...])
    }

    /// Shows the UTF-8 of `text` to `write` in one piece.
    mutating func writeUTF8(of text: String, _ write: (inout ByteBuffer, UnsafeRawBufferPointer) -> Void) {
        var text = text
        text.withUTF8 { write(&self, UnsafeRawBufferPointer($0)) }
    }
}
