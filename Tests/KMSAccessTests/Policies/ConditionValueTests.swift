import KMSCore
import Testing

@testable import KMSAccess

/// What the values of conditions are: numbers, dates, addresses.
struct ConditionValueTests {
    private static func number(_ text: String) -> DecimalNumber? { DecimalNumber(text.utf8) }

    @Test(
        "numbers are in order, however long",
        arguments: [
            [
                "-100000000000000000000", "-10", "-9.5", "-9.49", "-1", "-0.1", "0", "0.001", "0.1", "0.12", "0.2", "1",
                "9",
            ],
            ["9007199254740992", "9007199254740993", "9007199254740993.5", "18446744073709551616"],
        ]
    )
    func order(texts: [String]) throws {
        let numbers = try texts.map { try #require(Self.number($0)) }
        for (left, one) in numbers.enumerated() {
            for (right, other) in numbers.enumerated() {
                #expect((one < other) == (left < right), "\(texts[left]) \(texts[right])")
                #expect((one == other) == (left == right), "\(texts[left]) \(texts[right])")
            }
        }
    }

    @Test(
        "zeros that say nothing change nothing",
        arguments: [
            ("0", "-0"), ("0", "0.00"), ("0", "-0.0"), ("1", "01"), ("1", "1.0"), ("-2.5", "-002.50"), ("10", "10.0"),
        ]
    )
    func sameNumber(left: String, right: String) throws {
        let (one, other) = (try #require(Self.number(left)), try #require(Self.number(right)))
        #expect(one == other && !(one < other) && !(other < one))
    }

    @Test(
        "other texts are no numbers",
        arguments: [
            "", "-", ".", "1.", ".5", "--1", "+1", "1e3", "0x10", "1,5", "1 ", " 1", "inf", "nan", "1.2.3", "-.5", "٣",
        ]
    )
    func notANumber(text: String) {
        #expect(Self.number(text) == nil)
    }

    @Test(
        "dates are moments in any offset, or the beginning of a day",
        arguments: [
            ("2026-01-01T00:00:00Z", 1_767_225_600), ("2026-01-01", 1_767_225_600),
            ("2026-01-01T08:00:00+08:00", 1_767_225_600), ("2025-12-31T18:30:00-05:30", 1_767_225_600),
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29", 1_709_164_800),
        ]
    )
    func date(text: String, seconds: Int64) {
        #expect(Timestamp(policyText: Array(text.utf8)) == Timestamp(seconds: seconds))
    }

    @Test(
        "other texts are no dates",
        arguments: [
            "", "2026", "2026-02-29", "2026-13-01", "2026-01-01T24:00:00Z", "2026-01-01T00:00Z", "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00+0800", "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+08-00", "2026-01-01T00:00:00 08:00", "20260101", "2026-1-1", "1767225600", "２026-01-1",
        ]
    )
    func notADate(text: String) {
        #expect(Timestamp(policyText: Array(text.utf8)) == nil)
    }

    @Test(
        "a block holds its addresses",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("192.0.2.0/24", "192.0.2.255"), ("192.0.2.77/24", "192.0.2.1"),
            ("0.0.0.0/0", "255.255.255.255"), ("192.0.2.1/32", "192.0.2.1"), ("10.0.0.0/9", "10.127.255.255"),
            ("2001:db8::/32", "2001:DB8:ffff::1"), ("::1", "0:0:0:0:0:0:0:1"), ("::/0", "2001:db8::1"),
            ("2001:db8::8/127", "2001:db8::9"), ("fe80::1/128", "fe80::1"),
        ]
    )
    func contains(block: String, address: String) throws {
        let (block, address) = (try #require(AddressBlock(block)), try #require(NetworkAddress(address)))
        #expect(block.contains(address))
    }

    @Test(
        "and no others",
        arguments: [
            ("192.0.2.1", "192.0.2.2"), ("192.0.2.0/24", "192.0.3.0"), ("10.0.0.0/9", "10.128.0.0"),
            ("2001:db8::/32", "2001:db9::"), ("2001:db8::8/127", "2001:db8::a"), ("::1", "0.0.0.1"),
            ("::1.2.3.4", "1.2.3.4"),
            // Neither family has addresses of the other.
            ("::/0", "192.0.2.1"), ("0.0.0.0/0", "::1"),
        ]
    )
    func excludes(block: String, address: String) throws {
        let (block, address) = (try #require(AddressBlock(block)), try #require(NetworkAddress(address)))
        #expect(!block.contains(address))
    }

    @Test("an IPv4-mapped address is the IPv4 address, in documents and in requests")
    func mapped() throws {
        let address = try #require(NetworkAddress("::ffff:192.0.2.1"))
        #expect(address == NetworkAddress("192.0.2.1") && address == NetworkAddress("::FFFF:c000:201"))
        for text in ["192.0.2.0/24", "0.0.0.0/0", "::ffff:0.0.0.0/96", "::ffff:192.0.2.1"] {
            #expect(AddressBlock(text)?.contains(address) == true, "\(text)")
        }
        #expect(AddressBlock("::/0")?.contains(address) == false)
        let block = try #require(AddressBlock("::ffff:192.0.2.0/120"))
        let neighbour = try #require(NetworkAddress("192.0.3.1"))
        #expect(block.contains(address) && !block.contains(neighbour))
        #expect(AddressBlock("::ffff:192.0.2.1/95") == nil)
    }

    @Test(
        "other texts are neither addresses nor blocks",
        arguments: [
            "", "192.0.2", "192.0.2.256", "192.0.2.01", "0xC0.0.2.1", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1:80",
            "3221225985",
            "1.2.3.4\0", "1.2.3.4\0.5", "::1\0", "[::1]", "fe80::1%eth0", ":::", "1:2:3:4:5:6:7:8:9", "2001:db8::1::",
            "localhost", "１.2.3.4",
        ]
    )
    func notAnAddress(text: String) {
        #expect(NetworkAddress(text) == nil)
        #expect(AddressBlock(text) == nil)
    }

    @Test(
        "other lengths are none",
        arguments: [
            "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+1", "192.0.2.0/08", "192.0.2.0/8/8",
            "192.0.2.0/255.0.0.0",
            "/8", "::/129", "::/1000", "192.0.2.0/ 8", "192.0.2.0/99999999999999999999", "192.0.2.0/8\0",
        ]
    )
    func notABlock(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
