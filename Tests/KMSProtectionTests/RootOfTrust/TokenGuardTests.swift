import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

@Suite("Slots that a PKCS#11 token guards", .enabled(if: SoftHSM.isPresent))
struct TokenGuardTests {
    private let soft: SoftHSM
    private let root = RootKey.repeating(3)

    init() throws { soft = try SoftHSM() }

    private func slot(_ key: RootSlotKey) throws -> RootKeySlot {
        try RootKeySlot.wrapping(root, of: .zero, to: key)
    }

    /// Why the guard does not open the slot; nil where it does.
    private func refusal(_ guardian: TokenGuard, _ slot: RootKeySlot) async throws -> String? {
        do {
            let shared = try await guardian.agree(for: slot)
            let opened = slot.unwrap(with: shared, of: .zero, generation: root.generation)
            #expect(try opened?.fingerprint() == root.fingerprint())
            return nil
        } catch let error as RootKeyError { return error.description }
    }

    @Test("the token opens what was wrapped to its key, and nothing of it stays open")
    func opens() async throws {
        let guardian = TokenGuard(soft.token())
        let made = try slot(guardian.make(RandomUUID.next()))
        for _ in 0..<3 { #expect(try await refusal(guardian, made) == nil) }
        #expect(soft[.sessions] == 0)
        // Another process with the same token.
        #expect(try await refusal(TokenGuard(soft.token()), made) == nil)
    }

    @Test("the private half can neither be read nor taken out, and only agrees")
    func privateHalf() throws {
        let id = RandomUUID.next()
        _ = try TokenGuard(soft.token()).make(id)
        let token = soft.token()
        try token.perform { (connection) throws(PKCS11Error) in
            try connection.withSession { (session) throws(PKCS11Error) in
                let keys = try session.findKeys(id: id.bytes, isPrivate: true)
                #expect(keys.count == 1)
                #expect(try session.attribute(Attribute.sensitive, of: keys[0]) == [1])
                #expect(try session.attribute(Attribute.extractable, of: keys[0]) == [0])
                // CKA_VALUE
                #expect(throws: PKCS11Error.self) { _ = try session.attribute(0x11, of: keys[0]) }
                #expect(throws: PKCS11Error.self) {
                    _ = try session.sign(Array(repeating: 1, count: 32), Mechanism.ecdsa, under: keys[0])
                }
            }
        }
        token.close()
    }

    @Test("a slot of another token, of a key that is gone, and of two keys of one id stays shut and says why")
    func wrongKeys() async throws {
        let guardian = TokenGuard(soft.token())
        let id = RandomUUID.next()
        let key = try guardian.make(id)
        let made = try slot(key)
        let other = try SoftHSM()
        #expect(try await refusal(TokenGuard(other.token()), made)?.contains("serial number") == true)
        _ = try guardian.make(id)
        #expect(try await refusal(guardian, made)?.contains("several keys") == true)
        try guardian.unmake(id)
        #expect(try await refusal(guardian, made)?.contains("no key") == true)
        // A new key of that id is not the slot's: what they share opens nothing.
        _ = try guardian.make(id)
        let shared = try await guardian.agree(for: made)
        let isShut = made.unwrap(with: shared, of: .zero, generation: root.generation) == nil
        #expect(isShut)
    }

    @Test("a wrong PIN is shown to the token once, for however many slots")
    func wrongPIN() async throws {
        let made = try slot(TokenGuard(soft.token()).make(RandomUUID.next()))
        let before = soft[.logins]
        let guardian = TokenGuard(soft.token(pin: .entered(.text("1357"))))
        #expect(try await refusal(guardian, made)?.contains("CKR_PIN_INCORRECT") == true)
        #expect(try await refusal(guardian, made)?.contains("not tried again") == true)
        #expect(soft[.logins] == before + 1)
        #expect(try await refusal(TokenGuard(soft.token()), made) == nil)
    }

    @Test("a token that is taken away keeps its slot shut until it is back")
    func removal() async throws {
        let guardian = TokenGuard(soft.token())
        let made = try slot(guardian.make(RandomUUID.next()))
        soft.set(.isRemoved)
        #expect(try await refusal(guardian, made)?.contains("is not there") == true)
        soft.set(.isRemoved, 0)
        #expect(try await refusal(guardian, made) == nil)
    }

    @Test("damaged parameters are no parameters, and what parses is written the same")
    func parameters() throws {
        let parameters = TokenParameters(serial: Array("0123456789abcdef".utf8))
        #expect(TokenParameters(parsing: parameters.bytes) == parameters)
        for count in parameters.bytes.indices {
            #expect(TokenParameters(parsing: Array(parameters.bytes.prefix(count))) == nil)
        }
        #expect(TokenParameters(parsing: parameters.bytes + [0]) == nil)
        #expect(TokenParameters(parsing: [0, 0, 0, 65] + Array(repeating: 1, count: 65)) == nil)
    }
}
