import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

@Suite("Recovery shares")
struct SharesGuardTests {
    private let id = UUIDBytes(high: 5, low: 6)

    private func made(_ threshold: Int, of count: Int) throws -> (slot: RootKeySlot, shares: [RecoveryShare]) {
        let (key, shares) = try SharesGuard.make(id, threshold: threshold, count: count)
        return (try RootKeySlot.wrapping(.repeating(1), of: .zero, to: key), shares)
    }

    private func opens(_ slot: RootKeySlot, _ shares: [RecoveryShare]) async throws -> Bool {
        let shared = try await SharesGuard(shares).agree(for: slot)
        return slot.unwrap(with: shared, of: .zero, generation: 1) != nil
    }

    private func refusal(_ slot: RootKeySlot, _ shares: [RecoveryShare]) async -> String? {
        do {
            _ = try await SharesGuard(shares).agree(for: slot)
            return nil
        } catch { return error.description }
    }

    @Test("any three of five open the slot, in any order, and so do four and five")
    func anyThree() async throws {
        let (slot, shares) = try made(3, of: 5)
        for a in 0..<5 {
            for b in 0..<5 where b != a {
                for c in 0..<5 where c != a && c != b {
                    #expect(try await opens(slot, [shares[a], shares[b], shares[c]]))
                }
            }
        }
        #expect(try await opens(slot, Array(shares.prefix(4))))
        #expect(try await opens(slot, shares))
    }

    @Test("the smallest and the largest number of shares", arguments: [(2, 2), (2, 32), (32, 32)])
    func bounds(threshold: Int, count: Int) async throws {
        let (slot, shares) = try made(threshold, of: count)
        #expect(shares.count == count)
        #expect(try await opens(slot, Array(shares.suffix(threshold))))
    }

    @Test(
        "numbers of shares that make no sense are refused",
        arguments: [(1, 2), (0, 0), (3, 2), (2, 33), (1, 1), (-1, 5)]
    )
    func senseless(threshold: Int, count: Int) {
        #expect(throws: RootKeyError.self) { try SharesGuard.make(id, threshold: threshold, count: count) }
    }

    @Test("too few, doubled, strange and exchanged shares are told in plain words")
    func refusals() async throws {
        let (slot, shares) = try made(3, of: 5)
        #expect(await refusal(slot, Array(shares.prefix(2))) == "It takes 3 of its 5 shares, not 2.")
        #expect(await refusal(slot, [shares[0], shares[1], shares[1]])?.contains("two shares with number 2") == true)
        let (_, others) = try made(3, of: 5)
        #expect(
            await refusal(slot, [shares[0], shares[1], others[2]])?.contains("Shares 1, 2, 3 do not make up") == true
        )
        let strange = try SharesGuard.make(.zero, threshold: 3, count: 5).shares
        #expect(await refusal(slot, [shares[0], shares[1], strange[2]])?.contains("Share 3 belongs to slot") == true)
        let (_, pairs) = try made(2, of: 5)
        #expect(await refusal(slot, [shares[0], shares[1], pairs[2]])?.contains("Share 3 is none of the 5") == true)
        #expect(await refusal(slot, []) == "It takes 3 of its 5 shares, not 0.")
    }

    @Test("two shares of three tell nothing: whatever the secret, every value of a share is as likely")
    func tellNothing() throws {
        // Of a secret of zeros, the shares are random.
        var seen = Set<UInt8>()
        for _ in 0..<64 {
            let secret = SecretBytes(copying: [UInt8](repeating: 0, count: 32))
            let shares = try SecretSharing.split(secret, threshold: 2, count: 2)
            shares[0].withBytes { bytes in
                for offset in bytes.byteOffsets {
                    seen.insert(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                }
            }
        }
        // 2,048 random bytes miss fewer than 4 of 256 values but once in a billion times.
        #expect(seen.count > 250)
    }

    @Test("the text of a share is read again, whatever became of its case, its spaces and its line breaks")
    func texts() throws {
        let (_, shares) = try made(2, of: 3)
        for share in shares {
            let text = String(decoding: share.text.copied(), as: UTF8.self)
            #expect(text.hasPrefix("keyhold-share:0100-"))
            let spread = text.replacing("-", with: " ").replacing("keyhold share:01", with: "keyhold-share:\n  0 1 ")
            for changed in [text, text.uppercased(), "# Share\r\n \(spread)\n", "\n\n\(text)\n# end"] {
                let read = try RecoveryShare(parsing: SecretBytes(copying: Array(changed.utf8)))
                #expect(read.slot == share.slot && read.number == share.number && read.threshold == share.threshold)
                #expect(read.text.copied() == share.text.copied())
            }
        }
    }

    @Test("a wrong, missing, doubled or strange character anywhere in a share is noticed")
    func damagedText() throws {
        let (_, shares) = try made(2, of: 3)
        let text = shares[0].text.copied()
        func isRefused(_ text: [UInt8]) -> Bool {
            (try? RecoveryShare(parsing: SecretBytes(copying: text)).number) == nil
        }
        #expect(!isRefused(text))
        for position in text.indices where text[position] != UInt8(ascii: "-") {
            var (changed, shortened, doubled) = (text, text, text)
            changed[position] = text[position] == UInt8(ascii: "7") ? UInt8(ascii: "8") : UInt8(ascii: "7")
            shortened.remove(at: position)
            doubled.insert(text[position], at: position)
            for bad in [changed, shortened, doubled] { #expect(isRefused(bad), "position \(position)") }
        }
        for bad in ["", "keyhold-share:", "#", "keyhold-share:zz", "Keyhold"] { #expect(isRefused(Array(bad.utf8))) }
    }
}
