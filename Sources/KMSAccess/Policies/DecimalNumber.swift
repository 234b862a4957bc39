/// A decimal number of any length, compared exactly: a binary fraction would take 9007199254740993 for its neighbour.
struct DecimalNumber: Sendable, Equatable {
    private let isNegative: Bool
    /// The digits before the point, without leading zeros.
    private let integer: [UInt8]
    /// The digits after the point, without trailing zeros.
    private let fraction: [UInt8]

    /// The number written as `[-]digits[.digits]` in ASCII, or nil.
    init?(_ text: some Collection<UInt8>) {
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDecimalDigit) }) else {
            return nil
        }
        integer = Array(parts[0].drop { $0 == UInt8(ascii: "0") })
        let zero = UInt8(ascii: "0")
        fraction = parts.count < 2 ? [] : Array(parts[1].reversed().drop { $0 == zero }.reversed())
        isNegative = digits.count < text.count && !(integer.isEmpty && fraction.isEmpty)
    }
}

extension DecimalNumber: Comparable {
    static func < (left: Self, right: Self) -> Bool {
        switch (left.isNegative, right.isNegative) {
        case (false, false): left.isCloserToZero(than: right)
        case (true, true): right.isCloserToZero(than: left)
        case (let isNegative, _): isNegative
        }
    }

    private func isCloserToZero(than other: Self) -> Bool {
        if integer.count != other.integer.count { return integer.count < other.integer.count }
        if integer != other.integer { return integer.lexicographicallyPrecedes(other.integer) }
        return fraction.lexicographicallyPrecedes(other.fraction)
    }
}
