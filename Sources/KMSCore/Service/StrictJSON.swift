/// JSON (RFC 8259) read strictly: what two readers could understand differently is refused.
///
/// Refused besides what the grammar refuses: a key given twice in one object, a byte order mark, lone surrogates,
/// invalid UTF-8, and nesting deeper than ``depthLimit``. Strings are bytes, because keys are compared as bytes.
package enum StrictJSON: Sendable {
    case string([UInt8])
    case number([UInt8])
    case boolean(Bool)
    case null
    case array([StrictJSON])
    case object([(key: [UInt8], value: StrictJSON)])

    /// The deepest text that the API takes is a policy: the values of a condition are at its seventh level.
    static let depthLimit = 8

    /// Why a text was refused, in words for the caller; they never repeat the text.
    package struct Failure: Error, Equatable {
        package let explanation: String
    }

    /// The value that `text` holds, with nothing but white space around it.
    package init(reading text: some Collection<UInt8>) throws(Failure) {
        let bytes = Array(text)
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Failure(explanation: "It is not UTF-8.") }
        var reader = StrictJSONReader(bytes: bytes)
        self = try reader.document()
    }
}

private struct StrictJSONReader {
    let bytes: [UInt8]
    var position = 0

    private func refuse(_ what: String) -> StrictJSON.Failure {
        StrictJSON.Failure(explanation: "It is not JSON: \(what) at byte \(position).")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() throws(StrictJSON.Failure) -> StrictJSON {
        let value = try self.value(depth: 0)
        skipSpace()
        guard next == nil else { throw refuse("text after the value") }
        return value
    }

    private mutating func skipSpace() {
        while let next, next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D { position += 1 }
    }

    private mutating func value(depth: Int) throws(StrictJSON.Failure) -> StrictJSON {
        guard depth < StrictJSON.depthLimit else { throw refuse("too many levels") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        default: throw refuse("no value")
        }
    }

    private mutating func literal(_ word: StaticString, _ value: StrictJSON) throws(StrictJSON.Failure) -> StrictJSON {
        let expected = Array("\(word)".utf8)
        guard bytes[position...].starts(with: expected) else { throw refuse("no value") }
        position += expected.count
        return value
    }

    private mutating func object(depth: Int) throws(StrictJSON.Failure) -> StrictJSON {
        var members: [(key: [UInt8], value: StrictJSON)] = []
        var seen: Set<[UInt8]> = []
        position += 1
        skipSpace()
        if next == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw refuse("no member name") }
            let key = try string()
            guard seen.insert(key).inserted else { throw refuse("a member name that was given before") }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw refuse("no colon") }
            position += 1
            members.append((key, try value(depth: depth + 1)))
            if try !another(before: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(StrictJSON.Failure) -> StrictJSON {
        var elements: [StrictJSON] = []
        position += 1
        skipSpace()
        if next == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            elements.append(try value(depth: depth + 1))
            if try !another(before: UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    /// Passes a comma (true) or the closing bracket (false).
    private mutating func another(before end: UInt8) throws(StrictJSON.Failure) -> Bool {
        skipSpace()
        guard let next, next == end || next == UInt8(ascii: ",") else { throw refuse("no comma") }
        position += 1
        return next != end
    }

    private mutating func number() throws(StrictJSON.Failure) -> StrictJSON {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let integer = try digits()
        if integer.count > 1, integer.first == UInt8(ascii: "0") { throw refuse("a leading zero") }
        if next == UInt8(ascii: ".") {
            position += 1
            _ = try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            _ = try digits()
        }
        return .number(Array(bytes[start..<position]))
    }

    private mutating func digits() throws(StrictJSON.Failure) -> ArraySlice<UInt8> {
        let start = position
        while let next, (0x30...0x39).contains(next) { position += 1 }
        guard position > start else { throw refuse("no digit") }
        return bytes[start..<position]
    }

    private mutating func string() throws(StrictJSON.Failure) -> [UInt8] {
        var result: [UInt8] = []
        position += 1
        while let character = next {
            position += 1
            switch character {
            case UInt8(ascii: "\""): return result
            case UInt8(ascii: "\\"): try escape(into: &result)
            case 0..<0x20: throw refuse("a control character in a string")
            default: result.append(character)
            }
        }
        throw refuse("an unfinished string")
    }

    private mutating func escape(into result: inout [UInt8]) throws(StrictJSON.Failure) {
        guard let character = next else { throw refuse("an unfinished escape") }
        position += 1
        switch character {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(character)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"): result.append(contentsOf: UTF8.encode(try scalar()) ?? .init())
        default: throw refuse("an unknown escape")
        }
    }

    /// The scalar of a `\u` escape, or of a pair of them.
    private mutating func scalar() throws(StrictJSON.Failure) -> Unicode.Scalar {
        let first = try hexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), bytes[position...].starts(with: "\\u".utf8) else {
            throw refuse("half a surrogate pair")
        }
        position += 2
        let second = try hexQuad()
        guard
            (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw refuse("half a surrogate pair") }
        return scalar
    }

    private mutating func hexQuad() throws(StrictJSON.Failure) -> UInt32 {
        guard position + 4 <= bytes.count else { throw refuse("an unfinished escape") }
        var value: UInt32 = 0
        for digit in bytes[position..<position + 4] {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(digit - UInt8(ascii: "A") + 10)
            default: throw refuse("an unknown escape")
            }
        }
        position += 4
        return value
    }
}
