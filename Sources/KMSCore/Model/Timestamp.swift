/// A moment: microseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Int64) { microseconds = seconds * 1_000_000 }

    /// Whole seconds since 1970, rounded down.
    package var seconds: Int64 { (microseconds >= 0 ? microseconds : microseconds - 999_999) / 1_000_000 }

    package static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    package func adding(seconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds + seconds * 1_000_000) }

    /// Microseconds from `earlier` to this moment.
    package func microseconds(since earlier: Timestamp) -> Int64 { microseconds - earlier.microseconds }
}

extension Timestamp: CustomStringConvertible {
    /// `yyyy-MM-ddTHH:mm:ssZ`, the form of every date of the API; fractions are cut off.
    package var description: String {
        var text: [UInt8] = []
        appendSeconds(to: &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends ``description`` with six digits of fraction, for the audit trail.
    package func appendPrecise(to text: inout [UInt8]) {
        appendSeconds(to: &text)
        text.append(UInt8(ascii: "."))
        text.appendDecimal(microseconds - seconds * 1_000_000, width: 6)
        text.append(UInt8(ascii: "Z"))
    }

    private func appendSeconds(to text: inout [UInt8]) {
        let day = seconds.dividedDown(by: 86_400)
        let date = CivilDate(daysSince1970: day)
        let second = seconds - day * 86_400
        text.appendDecimal(date.year, width: 4)
        text.append(UInt8(ascii: "-"))
        text.appendDecimal(date.month, width: 2)
        text.append(UInt8(ascii: "-"))
        text.appendDecimal(date.day, width: 2)
        text.append(UInt8(ascii: "T"))
        text.appendDecimal(second / 3_600, width: 2)
        text.append(UInt8(ascii: ":"))
        text.appendDecimal(second / 60 % 60, width: 2)
        text.append(UInt8(ascii: ":"))
        text.appendDecimal(second % 60, width: 2)
    }

    /// The moment written as `yyyy-MM-ddTHH:mm:ssZ`, exactly and in UTC, or nil.
    package init?(text: some Collection<UInt8>) {
        guard text.count == 20 else { return nil }
        self.init(characters: Array(text))
    }

    private init?(characters: [UInt8]) {
        // Year, month, day, hour, minute, second.
        var numbers: [6 of Int64] = [0, 0, 0, 0, 0, 0]
        var index = 0
        for (offset, character) in characters.enumerated() {
            let separator: UInt8? =
                switch offset {
                case 4, 7: UInt8(ascii: "-")
                case 10: UInt8(ascii: "T")
                case 13, 16: UInt8(ascii: ":")
                case 19: UInt8(ascii: "Z")
                default: nil
                }
            if let separator {
                guard character == separator else { return nil }
                index += 1
            } else {
                guard (0x30...0x39).contains(character) else { return nil }
                numbers[index] = numbers[index] * 10 + Int64(character - 0x30)
            }
        }
        let date = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2])
        let (hour, minute, second) = (numbers[3], numbers[4], numbers[5])
        guard (1...12).contains(date.month), hour < 24, minute < 60, second < 60 else { return nil }
        let day = date.daysSince1970
        // The calendar may not have that day.
        guard CivilDate(daysSince1970: day) == date else { return nil }
        self.init(seconds: ((day * 24 + hour) * 60 + minute) * 60 + second)
    }
}

extension [UInt8] {
    /// Appends a number in decimal digits, with zeros before it where it has fewer than `width`.
    package mutating func appendDecimal(_ number: Int64, width: Int = 1) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var divisor: UInt64 = 1
        var digits = 1
        while digits < width || number.magnitude / divisor >= 10 {
            divisor *= 10
            digits += 1
        }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number.magnitude / divisor % 10))
            divisor /= 10
        }
    }
}
