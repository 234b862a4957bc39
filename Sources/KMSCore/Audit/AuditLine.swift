/// A line of the audit trail, format version 2 (`Documentation/Audit.md`), as far as chains need it; without a newline.
///
/// What parses has the one form that the trail is written in: the same values would be written as the same bytes.
package struct AuditLine: Sendable, Equatable {
    package enum Kind: String, Sendable {
        /// One request, or one piece of the service's own work.
        case request
        /// The record of a change that a crash had kept from the trail.
        case recovered
        /// Refusals of unidentified callers, counted.
        case refusals
        /// Signed; the lane's key is replaced after it.
        case checkpoint
        /// The first line of a start, in lane 0.
        case start
        /// The first line of another lane.
        case lane
        /// The first line of a lane in another file.
        case file
        /// The first line of a lane after one that could not be written.
        case resume
    }

    package static let formatVersion: UInt8 = 2
    package static let digestByteCount = 32
    /// Before the first line of a trail there is none.
    package static let noLine = [UInt8](repeating: 0, count: digestByteCount)
    /// Longer than any line that is written; a reader takes no more for a line.
    package static let longest = 1 << 18

    package let bytes: [UInt8]
    package let place: AuditPlace
    /// Counts the lines of the lane, from 1.
    package let sequence: Int64
    /// SHA-256 of the line before it, 32 bytes.
    package let previous: [UInt8]
    package let kind: Kind
    package let time: Timestamp
    /// The MAC, 32 bytes.
    package let code: [UInt8]
    private let timeStart: Int

    /// What the MAC is made of: the line up to it.
    package var authenticated: [UInt8] { Array(bytes.dropLast(Self.ending)) }

    /// The bytes of the member `mac` and the brace behind it.
    private static let ending = 10 + 2 * digestByteCount

    /// The line in these bytes, or nil for anything that this format does not describe.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longest else { return nil }
        var reader = AuditLineReader(bytes)
        guard reader.skip(#"{"v":2,"node":""#), let node = reader.take(36).flatMap({ UUIDBytes(text: $0) }),
            reader.skip(#"","start":"#), let start = reader.number(), reader.skip(#","lane":"#),
            let lane = reader.number(), lane <= Int32.max, reader.skip(#","seq":"#), let sequence = reader.number(),
            reader.skip(#","prev":""#), let previous = reader.take(64).flatMap({ [UInt8](hexadecimal: $0) }),
            reader.skip(#"","kind":""#), let kind = Kind(rawValue: reader.word()),
            reader.skip(#"","time":""#), case let timeStart = reader.position,
            let time = reader.take(27).flatMap({ Timestamp(preciseText: $0) }),
            reader.skip("\"")
        else { return nil }
        let members = reader.position
        guard bytes.count >= members + Self.ending else { return nil }
        reader.position = bytes.count - Self.ending
        guard reader.skip(#","mac":""#), let code = reader.take(64).flatMap({ [UInt8](hexadecimal: $0) }),
            reader.skip(#""}"#)
        else { return nil }
        self.bytes = bytes
        self.timeStart = timeStart
        place = AuditPlace(node: node, start: start, lane: Int(lane))
        self.sequence = sequence
        self.previous = previous
        self.kind = kind
        self.time = time
        self.code = code
        // Ids in capitals would pass.
        guard bytes.starts(with: Self.begin(place)), start > 0, sequence > 0 else { return nil }
    }

    /// Everything before the number of the line.
    package static func begin(_ place: AuditPlace) -> [UInt8] {
        var line: [UInt8] = []
        line.append(literal: #"{"v":2,"node":""#)
        place.node.appendText(to: &line)
        line.append(literal: #"","start":"#)
        line.appendDecimal(place.start)
        line.append(literal: #","lane":"#)
        line.appendDecimal(Int64(place.lane))
        line.append(literal: #","seq":"#)
        return line
    }

    /// Appends to ``begin(_:)`` what comes before the members of the kind; these are written as `,"name":value`.
    package static func appendHead(
        _ sequence: Int64,
        after previous: [UInt8],
        _ kind: Kind,
        at time: Timestamp,
        to line: inout [UInt8]
    ) {
        line.appendDecimal(sequence)
        line.append(literal: #","prev":""#)
        line.appendHexadecimal(previous)
        line.append(literal: #"","kind":""#)
        line.append(contentsOf: kind.rawValue.utf8)
        line.append(literal: #"","time":""#)
        time.appendPrecise(to: &line)
        line.append(UInt8(ascii: "\""))
    }

    /// Appends the MAC, and with it ends the line.
    package static func appendCode(_ code: [UInt8], to line: inout [UInt8]) {
        line.append(literal: #","mac":""#)
        line.appendHexadecimal(code)
        line.append(literal: #""}"#)
    }

    /// How many lanes there are, as the first lines of starts and files tell.
    package var laneCount: Int? { members?["lanes"]?.integer.map { Int($0) } }

    /// The request that a line of a request is about, of this format or the first, and when it arrived. Does not judge
    /// the line.
    package static func request(of text: ArraySlice<UInt8>) -> (requestID: UUIDBytes, time: Timestamp)? {
        let time: ArraySlice<UInt8>
        if isOfFirstFormat(text) {
            time = text.dropFirst(firstFormat.count)
        } else {
            guard let line = AuditLine(Array(text)), line.kind == .request || line.kind == .recovered else {
                return nil
            }
            time = line.bytes[line.timeStart...]
        }
        let name = Array(#"","requestId":""#.utf8)
        let rest = time.dropFirst(27)
        guard rest.starts(with: name), let moment = Timestamp(preciseText: time.prefix(27)),
            let id = UUIDBytes(text: rest.dropFirst(name.count).prefix(36))
        else { return nil }
        return (id, moment)
    }

    /// Whether a line is one of format version 1, which nothing protects: a record's members and no more.
    package static func isOfFirstFormat(_ text: ArraySlice<UInt8>) -> Bool { text.starts(with: firstFormat) }

    private static let firstFormat = Array(#"{"v":1,"time":""#.utf8)

    /// The members. Nil where the line is no JSON.
    package var members: [String: StrictJSON]? {
        guard case .object(let members) = try? StrictJSON(reading: bytes) else { return nil }
        // Texts that differ in their bytes alone are the same to Swift.
        return Dictionary(members.map { (String(decoding: $0.key, as: UTF8.self), $0.value) }) { first, _ in first }
    }

    /// A line of a file, taken apart where a piece of a line that could not be written whole stands before a whole one.
    ///
    /// A quotation mark within a member is escaped, so that no line holds the begin of another.
    package static func apart(_ text: ArraySlice<UInt8>) -> (torn: ArraySlice<UInt8>, line: ArraySlice<UInt8>) {
        guard !text.starts(with: mark) || text.dropFirst(mark.count).contains(UInt8(ascii: "{")) else {
            return (text.prefix(0), text)
        }
        var start = text.endIndex - mark.count
        while start >= text.startIndex {
            if text[start] == mark[0], text[start...].starts(with: mark) { return (text[..<start], text[start...]) }
            start -= 1
        }
        return (text.prefix(0), text)
    }

    private static let mark = Array(#"{"v":2,"node":""#.utf8)
}

/// Reads the fixed parts of a line.
private struct AuditLineReader {
    private let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func skip(_ text: StaticString) -> Bool {
        let isThere = text.withUTF8Buffer { text in
            guard bytes.count - position >= text.count else { return false }
            for offset in text.indices where unsafe bytes[position + offset] != text[offset] { return false }
            return true
        }
        if isThere { position += text.utf8CodeUnitCount }
        return isThere
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard bytes.count - position >= count else { return nil }
        defer { position += count }
        return bytes[position..<(position + count)]
    }

    /// A number without zeros before it.
    mutating func number() -> Int64? {
        let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }.prefix(19)
        guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
        var number: Int64 = 0
        for digit in digits {
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit - 0x30))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        position += digits.count
        return number
    }

    /// Lower-case letters.
    mutating func word() -> String {
        let letters = bytes[position...].prefix { (0x61...0x7A).contains($0) }.prefix(16)
        position += letters.count
        return String(decoding: letters, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends bytes as lower-case hexadecimal digits.
    package mutating func appendHexadecimal(_ bytes: [UInt8]) {
        for byte in bytes {
            append(Self.digit(byte >> 4))
            append(Self.digit(byte & 0xF))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// The bytes of lower-case hexadecimal digits, or nil for any other text.
    package init?(hexadecimal text: ArraySlice<UInt8>) {
        guard text.count.isMultiple(of: 2) else { return nil }
        self.init()
        reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
    }
}

extension Timestamp {
    /// The moment written as ``appendPrecise(to:)`` does, or nil.
    package init?(preciseText text: ArraySlice<UInt8>) {
        guard text.count == 27, text.last == UInt8(ascii: "Z"), text.dropFirst(19).first == UInt8(ascii: "."),
            let second = Timestamp(text: Array(text.prefix(19)) + [UInt8(ascii: "Z")])
        else { return nil }
        var fraction: Int64 = 0
        for digit in text.dropFirst(20).dropLast() {
            guard (0x30...0x39).contains(digit) else { return nil }
            fraction = fraction * 10 + Int64(digit - 0x30)
        }
        self.init(microseconds: second.microseconds + fraction)
    }
}

extension StrictJSON {
    /// The value of a number without a fraction or an exponent.
    package var integer: Int64? {
        guard case .number(let digits) = self else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}
