/// Reads the text of a distinguished name by the grammar of RFC 2253, 3, with what its section 4 has readers accept:
/// spaces around names and values, semicolons for commas, and values in quotation marks.
struct DistinguishedNameReader {
    enum Value {
        case text(String)
        /// The bytes of `#` and hexadecimal digits.
        case encoded([UInt8])
    }

    private typealias Failure = DistinguishedName.Failure

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func refuse(_ what: String) -> Failure {
        Failure(explanation: "It is not a name by RFC 2253: \(what) at byte \(position).")
    }

    /// The relative names in the text's order.
    mutating func relativeNames() throws(DistinguishedName.Failure) -> [[(type: String, value: Value)]] {
        var names: [[(type: String, value: Value)]] = [[]]
        while true {
            names[names.count - 1].append(try attribute())
            switch next {
            case nil: return names
            case UInt8(ascii: "+"): break
            default: names.append([])  // A comma or semicolon: nothing else ends a value.
            }
            position += 1
        }
    }

    private mutating func attribute() throws(Failure) -> (type: String, value: Value) {
        skipSpaces()
        let start = position
        while let next, isKeyCharacter(next) { position += 1 }
        let type = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !type.isEmpty else { throw refuse("no attribute's type") }
        skipSpaces()
        guard next == UInt8(ascii: "=") else { throw refuse("no =") }
        position += 1
        skipSpaces()
        let value: Value
        switch next {
        case UInt8(ascii: "#"): value = .encoded(try hexString())
        case UInt8(ascii: "\""): value = .text(try quoted())
        default: value = .text(try plain())
        }
        skipSpaces()
        guard next == nil || next == UInt8(ascii: ",") || next == UInt8(ascii: ";") || next == UInt8(ascii: "+") else {
            throw refuse("no comma after a value")
        }
        return (type, value)
    }

    private func isKeyCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func skipSpaces() {
        while next == UInt8(ascii: " ") { position += 1 }
    }

    private mutating func hexString() throws(Failure) -> [UInt8] {
        position += 1
        var value: [UInt8] = []
        while let byte = hexPair() { value.append(byte) }
        guard !value.isEmpty else { throw refuse("no pair of hexadecimal digits") }
        return value
    }

    /// The byte of two hexadecimal digits, or nil where there are none.
    private mutating func hexPair() -> UInt8? {
        guard position + 1 < bytes.count, let high = digit(bytes[position]), let low = digit(bytes[position + 1]) else {
            return nil
        }
        position += 2
        return high << 4 | low
    }

    private func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private mutating func quoted() throws(Failure) -> String {
        position += 1
        var value: [UInt8] = []
        while let character = next, character != UInt8(ascii: "\"") {
            position += 1
            value.append(character == UInt8(ascii: "\\") ? try escaped() : character)
        }
        guard next != nil else { throw refuse("an open quotation") }
        position += 1
        return try text(value)
    }

    private mutating func plain() throws(Failure) -> String {
        var value: [UInt8] = []
        // Spaces at the end belong to the value only where they are escaped.
        var length = 0
        reading: while let character = next {
            switch character {
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "+"): break reading
            case UInt8(ascii: "\\"):
                position += 1
                value.append(try escaped())
                length = value.count
            case UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "#"), UInt8(ascii: "\""):
                throw refuse("a character that needs a backslash")
            default:
                position += 1
                value.append(character)
                if character != UInt8(ascii: " ") { length = value.count }
            }
        }
        return try text(Array(value.prefix(length)))
    }

    /// What stands behind a backslash: a special character, or a byte as two hexadecimal digits.
    private mutating func escaped() throws(Failure) -> UInt8 {
        guard let character = next else { throw refuse("an unfinished escape") }
        if ",=+<>#;\\\" ".utf8.contains(character) {
            position += 1
            return character
        }
        guard let byte = hexPair() else { throw refuse("an unknown escape") }
        return byte
    }

    private func text(_ value: [UInt8]) throws(Failure) -> String {
        guard let text = String(validating: value, as: UTF8.self) else { throw refuse("a value that is not UTF-8") }
        return text
    }
}
