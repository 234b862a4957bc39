/// Additional authenticated data: a map from string to string that is equal to another whatever the order (manual 4.2).
///
/// Keys and values are kept as UTF-8 bytes, because Swift's strings take canonically equivalent texts for the same.
package struct EncryptionContext: Sendable, Equatable {
    /// Key and value, sorted by the key's bytes.
    package let pairs: [(key: [UInt8], value: [UInt8])]

    /// No context, which is the same as an empty one.
    package init() { pairs = [] }

    /// The context of these pairs, or nil if two keys are the same bytes.
    package init?(_ unsorted: [(key: [UInt8], value: [UInt8])]) {
        let sorted = unsorted.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.key == right.key { return nil }
        pairs = sorted
    }

    /// Appends the injective form that ciphertexts authenticate (`Documentation/Ciphertext.md`).
    package func appendAuthenticated(to buffer: inout [UInt8]) {
        buffer.appendBigEndian(UInt32(pairs.count))
        for pair in pairs {
            for text in [pair.key, pair.value] {
                buffer.appendBigEndian(UInt32(text.count))
                buffer.append(contentsOf: text)
            }
        }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0.key == $1.key && $0.value == $1.value }
    }
}

extension [UInt8] {
    /// Appends an integer's bytes, most significant first.
    package mutating func appendBigEndian<Integer: FixedWidthInteger>(_ integer: Integer) {
        for shift in stride(from: Integer.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: integer >> shift))
        }
    }
}
