import KMSCore

@testable import KMSProtection

/// The bytes that `text` writes in hexadecimal digits; white space is skipped.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Lower-case hexadecimal digits.
func hexText(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

extension SecretBytes {
    borrowing func copied() -> [UInt8] {
        withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
    }
}

extension RootKey {
    /// A root of 32 equal bytes.
    static func repeating(_ byte: UInt8, generation: UInt32 = 1) -> RootKey {
        RootKey(generation: generation, secret: SecretBytes(copying: [UInt8](repeating: byte, count: 32)))
    }
}

extension RootKeyRing {
    /// A ring with a root of 32 equal bytes alone.
    static func repeating(_ byte: UInt8, generation: UInt32 = 1) throws -> RootKeyRing {
        try RootKeyRing(.repeating(byte, generation: generation))
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same sequence for the same seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// `original` with one to four changes: a byte set, removed or put in, the end cut off or drawn out.
func mutated(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let position = Int.random(in: 0...bytes.count, using: &generator)
        let byte =
            [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &generator)]
            .randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<5, using: &generator) {
        case 0 where position < bytes.count: bytes[position] = byte
        case 1 where position < bytes.count: bytes[position] ^= 1 << Int.random(in: 0..<8, using: &generator)
        case 2 where position < bytes.count: bytes.remove(at: position)
        case 3: bytes.insert(byte, at: position)
        case 4: bytes.removeLast(bytes.count - position)
        default: bytes.append(byte)
        }
    }
    return bytes
}
