internal import KMSCore

extension Timestamp {
    /// The moment that a policy writes (ISO 8601): `yyyy-MM-ddTHH:mm:ss` and then `Z` or an offset such as `+08:00`, or
    /// `yyyy-MM-dd` alone for the beginning of that day in UTC. Nil for anything else.
    init?(policyText text: [UInt8]) {
        switch text.count {
        case 10: self.init(text: text + Array("T00:00:00Z".utf8))
        case 20: self.init(text: text)
        case 25:
            guard
                let local = Timestamp(text: text[..<19] + [UInt8(ascii: "Z")]),
                let offset = Self.secondsOfOffset(text[19...])
            else { return nil }
            self = local.adding(seconds: -offset)
        default: return nil
        }
    }

    /// The seconds of `+hh:mm` or `-hh:mm`.
    private static func secondsOfOffset(_ text: ArraySlice<UInt8>) -> Int64? {
        let characters = Array(text)
        let digits = [1, 2, 4, 5].map { characters[$0] }
        guard
            characters[0] == UInt8(ascii: "+") || characters[0] == UInt8(ascii: "-"),
            characters[3] == UInt8(ascii: ":"),
            digits.allSatisfy(\.isDecimalDigit)
        else { return nil }
        let numbers = digits.map { Int64($0 - 0x30) }
        let (hours, minutes) = (numbers[0] * 10 + numbers[1], numbers[2] * 10 + numbers[3])
        guard hours < 24, minutes < 60 else { return nil }
        return (characters[0] == UInt8(ascii: "-") ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
}
