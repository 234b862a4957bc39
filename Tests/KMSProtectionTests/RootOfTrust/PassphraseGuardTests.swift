import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

@Suite("Slots that a passphrase guards")
struct PassphraseGuardTests {
    private let guardian = PassphraseGuard(.text("correct horse battery"))

    @Test("a passphrase that differs in one bit, is longer or shorter, keeps the slot shut")
    func wrong() async throws {
        let slot = try RootKeySlot.wrapping(.repeating(1), of: .zero, to: guardian.make(.zero, .least))
        for text in [
            "correct horse batterx", "correct horse batter", "correct horse battery ", "Correct horse battery",
        ] {
            await #expect(throws: RootKeyError("The passphrase is wrong, or the slot was damaged.")) {
                _ = try await PassphraseGuard(.text(text)).agree(for: slot)
            }
        }
        let shared = try await guardian.agree(for: slot)
        #expect(slot.unwrap(with: shared, of: .zero, generation: 1) != nil)
    }

    @Test("the sealed key of one slot does not serve another")
    func transplanted() async throws {
        let (mine, other) = (try guardian.make(UUIDBytes(high: 1, low: 1), .least), try guardian.make(.zero, .least))
        let changed = RootSlotKey(.passphrase, mine.id, publicKey: mine.publicKey, parameters: other.parameters)
        let slot = try RootKeySlot.wrapping(.repeating(1), of: .zero, to: changed)
        await #expect(throws: RootKeyError.self) { _ = try await guardian.agree(for: slot) }
    }

    @Test("two slots of one passphrase have different salts and keys")
    func salted() throws {
        let (first, second) = (try guardian.make(.zero, .least), try guardian.make(.zero, .least))
        #expect(first.parameters[2..<18] != second.parameters[2..<18])
        #expect(first.publicKey != second.publicKey)
    }

    @Test(
        "a table cannot ask for more memory or time than an operator waits for",
        arguments: [(9, 1), (21, 1), (36, 1), (255, 1), (17, 0), (17, 5), (17, 255), (0, 1)] as [(UInt8, UInt8)]
    )
    func bounded(logarithm: UInt8, parallelization: UInt8) throws {
        var parameters = try guardian.make(.zero, .least).parameters
        #expect(PassphraseParameters(parsing: parameters) != nil)
        (parameters[0], parameters[1]) = (logarithm, parallelization)
        #expect(PassphraseParameters(parsing: parameters) == nil)
    }

    @Test("an attempt takes 128 MiB where nothing else is said")
    func standard() { #expect(PassphraseParameters.Cost.standard.memory == 128 << 20) }
}
