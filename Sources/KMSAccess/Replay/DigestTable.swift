internal import KMSCore

/// A set of 16-byte digests in one flat array: open addressing with linear probing, 16 bytes a place, and between
/// 64 and 80 per cent of the places used once it has grown. Nothing is removed; a table goes as a whole.
struct DigestTable {
    /// Two words a place; two zero words are a free one.
    private var words: [UInt64] = []
    private(set) var count = 0

    private static let smallestCapacity = 64

    /// How many places there are.
    var capacity: Int { words.count / 2 }

    /// What the places take.
    var byteCount: Int { words.count * MemoryLayout<UInt64>.size }

    /// What lies in the place where the search for a digest begins: 0 where that is free and the table lacks the digest.
    func firstPlace(of digest: UUIDBytes) -> UInt64 {
        guard count > 0 else { return 0 }
        let index = firstPlace(Self.stored(digest).0) * 2
        return words[index] | words[index + 1]
    }

    func contains(_ digest: UUIDBytes) -> Bool {
        guard count > 0 else { return false }
        let (high, low) = Self.stored(digest)
        let index = place(high, low) * 2
        return words[index] | words[index + 1] != 0
    }

    /// Adds a digest that is not in the table.
    mutating func insert(_ digest: UUIDBytes) {
        // Beyond four fifths, probes become long.
        if (count + 1) * 5 > capacity * 4 { grow() }
        let (high, low) = Self.stored(digest)
        let index = place(high, low) * 2
        words[index] = high
        words[index + 1] = low
        count += 1
    }

    /// Where the digest is, or the free place where it belongs.
    private func place(_ high: UInt64, _ low: UInt64) -> Int {
        let capacity = capacity
        var place = firstPlace(high)
        while true {
            let (first, second) = (words[place * 2], words[place * 2 + 1])
            if first == high && second == low || first | second == 0 { return place }
            place += 1
            if place == capacity { place = 0 }
        }
    }

    /// The digest is a keyed hash: its high bits are spread evenly, and nobody can aim them.
    private func firstPlace(_ high: UInt64) -> Int { Int(high.multipliedFullWidth(by: UInt64(capacity)).high) }

    private mutating func grow() {
        let old = words
        words = [UInt64](repeating: 0, count: 2 * max(Self.smallestCapacity, capacity / 4 * 5))
        for index in stride(from: 0, to: old.count, by: 2) where old[index] | old[index + 1] != 0 {
            let place = place(old[index], old[index + 1]) * 2
            words[place] = old[index]
            words[place + 1] = old[index + 1]
        }
    }

    /// The digest as it is kept: the all-zero one must not look like a free place. Two digests that are then one are
    /// as unlikely as any other collision.
    private static func stored(_ digest: UUIDBytes) -> (UInt64, UInt64) {
        digest == .zero ? (0, 1) : (digest.high, digest.low)
    }
}
