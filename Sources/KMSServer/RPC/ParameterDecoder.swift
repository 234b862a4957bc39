internal import KMSCore

/// Decodes query and form (`application/x-www-form-urlencoded`) into one buffer with offsets.
///
/// `%XX` is a byte, `+` a space; blank values stay, empty pieces (`a=1&&b=2`) do not count. Names must be UTF-8, have
/// at least one byte and occur once, compared by their bytes; values may be any bytes, operations judge them.
struct ParameterDecoder {
    /// The longest map form of an EncryptionContext has 8,192 pairs at most; nothing else comes near.
    static let maximumCount = 10_000

    private var buffer: [UInt8] = []
    private(set) var entries: [Parameters.Entry] = []

    init(capacity: Int) {
        buffer.reserveCapacity(capacity)
        entries.reserveCapacity(20)
    }

    mutating func append(_ text: UnsafeBufferPointer<UInt8>) throws(KMSError) {
        var position = 0
        while position < text.count {
            let start = buffer.count
            let hasValue = try decode(text, &position, upTo: UInt8(ascii: "="))
            let middle = buffer.count
            if hasValue { _ = try decode(text, &position, upTo: UInt8(ascii: "&")) }
            guard hasValue || middle > start else { continue }
            try add(name: start..<middle, value: middle..<buffer.count)
        }
    }

    /// The parameters, unless a name occurs twice.
    func finish() throws(KMSError) -> Parameters {
        if let repeated = firstRepeatedName() {
            throw .unreadableRequest("The parameter \"\(repeated)\" is given more than once; give it once.")
        }
        return Parameters(buffer: buffer, entries: entries)
    }

    /// Decodes until `end`, which it skips, or a `&` or the end of the text; says whether it met `end`.
    private mutating func decode(
        _ text: UnsafeBufferPointer<UInt8>,
        _ position: inout Int,
        upTo end: UInt8
    ) throws(KMSError) -> Bool {
        while position < text.count {
            let start = position
            while position < text.count, !Self.isSpecial(text[position]) { position += 1 }
            buffer.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<position]))
            guard position < text.count else { return false }
            let byte = text[position]
            position += 1
            if byte == end { return true }
            switch byte {
            case UInt8(ascii: "&"): return false
            case UInt8(ascii: "+"): buffer.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard position + 1 < text.count, let high = Self.value(ofHexDigit: text[position]),
                    let low = Self.value(ofHexDigit: text[position + 1])
                else {
                    throw .unreadableRequest(
                        "A % must be followed by two hexadecimal digits; write a percent sign itself as %25."
                    )
                }
                buffer.append(high << 4 | low)
                position += 2
            default: buffer.append(byte)
            }
        }
        return false
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "%") || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "=")
    }

    private mutating func add(name: Range<Int>, value: Range<Int>) throws(KMSError) {
        guard !name.isEmpty else { throw .unreadableRequest("A parameter has no name before its =.") }
        guard buffer[name].allSatisfy({ $0 < 0x80 }) || String(validating: buffer[name], as: UTF8.self) != nil else {
            throw .unreadableRequest("The name of a parameter is not UTF-8.")
        }
        guard entries.count < Self.maximumCount else {
            throw .unreadableRequest("A request may have \(Self.maximumCount) parameters at most.")
        }
        entries.append(Parameters.Entry(name: name, value: value))
    }

    private func firstRepeatedName() -> String? {
        // Comparing each with each is the fastest for what clients send, and quadratic for what attackers send.
        if entries.count <= 32 {
            for (index, entry) in entries.enumerated() {
                for other in entries[..<index]
                where other.name.count == entry.name.count && buffer[other.name].elementsEqual(buffer[entry.name]) {
                    return shown(entry)
                }
            }
            return nil
        }
        var seen = Set<ArraySlice<UInt8>>(minimumCapacity: entries.count)
        return entries.first { !seen.insert(buffer[$0.name]).inserted }.map(shown)
    }

    private func shown(_ entry: Parameters.Entry) -> String {
        String(decoding: buffer[entry.name].prefix(128), as: UTF8.self)
    }

    private static func value(ofHexDigit character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
