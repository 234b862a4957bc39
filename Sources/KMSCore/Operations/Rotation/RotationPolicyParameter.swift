extension ParameterReader {
    /// EnableAutomaticRotation and RotationInterval (spec 14.2): nil where the first is absent, and otherwise the
    /// interval in seconds or an inner nil for off. The interval is needed to switch rotation on, and ignored otherwise.
    mutating func rotationPolicy() throws(KMSError) -> Int64?? {
        let isEnabled = try boolean("EnableAutomaticRotation")
        let interval = try optionalText("RotationInterval")
        guard let isEnabled else { return nil }
        guard isEnabled else { return .some(nil) }
        guard let interval else { throw .missing("RotationInterval") }
        guard let seconds = Self.seconds(interval), Limits.rotationInterval.contains(seconds) else {
            throw .invalid("RotationInterval", "Use 7 to 730 days as a number with d, h, m or s, such as 365d.")
        }
        return .some(seconds)
    }

    private static func seconds(_ text: String) -> Int64? {
        let unit: Int64
        switch text.utf8.last {
        case UInt8(ascii: "d"): unit = 86_400
        case UInt8(ascii: "h"): unit = 3_600
        case UInt8(ascii: "m"): unit = 60
        case UInt8(ascii: "s"): unit = 1
        default: return nil
        }
        let digits = text.utf8.dropLast()
        guard (1...10).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        return count * unit
    }
}
