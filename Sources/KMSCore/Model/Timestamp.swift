internal import FoundationEssentials

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
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    /// ``description`` with six digits of fraction, for the audit trail.
    package var preciseDescription: String {
        let fraction = String(microseconds - seconds * 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        return "\(description.dropLast()).\(zeros)\(fraction)Z"
    }

    /// The moment written as `yyyy-MM-ddTHH:mm:ssZ`, exactly and in UTC, or nil.
    package init?(text: some Collection<UInt8>) {
        guard text.count == 20 else { return nil }
        for (offset, character) in text.enumerated() {
            let expected: UInt8? =
                switch offset {
                case 4, 7: UInt8(ascii: "-")
                case 10: UInt8(ascii: "T")
                case 13, 16: UInt8(ascii: ":")
                case 19: UInt8(ascii: "Z")
                default: nil
                }
            guard expected.map({ $0 == character }) ?? (0x30...0x39).contains(character) else { return nil }
        }
        let written = String(decoding: text, as: UTF8.self)
        guard let date = try? Date(written, strategy: .iso8601) else { return nil }
        self.init(seconds: Int64(date.timeIntervalSince1970))
        // A day that the calendar does not have may have been read as another one.
        guard description == written else { return nil }
    }
}
