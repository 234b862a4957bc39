internal import Glibc

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) is the IPv4 address that it holds.
package struct NetworkAddress: Sendable, Equatable {
    /// The address as a number.
    fileprivate let value: UInt128
    /// 32 or 128 bits.
    fileprivate let width: Int

    /// The address written as `inet_pton` reads it: four decimal numbers, or IPv6 in any of its forms, without zone.
    package init?(_ text: String) {
        guard let address = Self(unmapped: text) else { return nil }
        self = address.isMapped ? Self(value: address.value & 0xFFFF_FFFF, width: 32) : address
    }

    private init(value: UInt128, width: Int) {
        self.value = value
        self.width = width
    }

    fileprivate init?(unmapped text: String) {
        // C would take the text to end there.
        guard !text.utf8.contains(0) else { return nil }
        var short = in_addr()
        if inet_pton(AF_INET, text, &short) == 1 {
            self.init(value: UInt128(UInt32(bigEndian: short.s_addr)), width: 32)
            return
        }
        var long = in6_addr()
        guard inet_pton(AF_INET6, text, &long) == 1 else { return nil }
        let value = withUnsafeBytes(of: &long) { bytes in bytes.reduce(0 as UInt128) { $0 << 8 | UInt128($1) } }
        self.init(value: value, width: 128)
    }

    /// Whether this is an IPv6 address of the block `::ffff:0:0/96`.
    fileprivate var isMapped: Bool { width == 128 && value >> 32 == 0xFFFF }
}

/// The addresses that begin with the same bits: `192.0.2.0/24`, or a single one.
package struct AddressBlock: Sendable {
    private let address: NetworkAddress
    /// How many bits count.
    private let prefix: Int

    /// The block written as an address, or as an address, `/` and the number of bits that count; the bits behind them
    /// may be anything. A block that begins with `::ffff:` and an IPv4 address is a block of IPv4 addresses.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard
            let written = NetworkAddress(unmapped: String(Substring(parts[0]))),
            let address = NetworkAddress(String(Substring(parts[0])))
        else { return nil }
        var prefix = written.width
        if parts.count == 2 {
            guard let length = Self.prefixLength(parts[1]), length <= written.width else { return nil }
            prefix = length
        }
        // A wider block would hold all of IPv4 and a part of IPv6.
        if written.isMapped, prefix < 96 { return nil }
        self.address = address
        self.prefix = prefix - (written.width - address.width)
    }

    private static func prefixLength(_ text: Substring.UTF8View) -> Int? {
        guard (1...3).contains(text.count), text.allSatisfy(\.isDecimalDigit) else { return nil }
        guard text.count == 1 || text.first != UInt8(ascii: "0") else { return nil }
        return text.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    package func contains(_ other: NetworkAddress) -> Bool {
        address.width == other.width && (address.value ^ other.value) >> (address.width - prefix) == 0
    }
}
