import Foundation
import KMSCore
import Synchronization
import Testing

@testable import KMSProtection

@Suite("A PKCS#11 token", .enabled(if: SoftHSM.isPresent))
struct PKCS11TokenTests {
    /// An AES key that stays in the token as long as the connection.
    private func key(_ connection: PKCS11Connection) throws(PKCS11Error) -> UInt {
        try connection.keep { (session) throws(PKCS11Error) in
            try session.generateKey(Mechanism.aesKey, .init(KeyType.aes, [.encrypt, .decrypt]), byteCount: 32)
        }
    }

    private func seal(_ connection: PKCS11Connection, _ key: UInt) throws(PKCS11Error) -> [UInt8] {
        let plaintext: [UInt8] = [1, 2, 3]
        return try connection.withSession { (session) throws(PKCS11Error) in
            try session.seal(
                plaintext.span.bytes,
                Mechanism.aesGCM,
                under: key,
                nonce: [UInt8](1...12),
                authenticating: [7]
            )
        }
    }

    private func refusal(_ token: PKCS11Token) -> String? {
        do {
            try token.perform { (_) throws(PKCS11Error) in }
            return nil
        } catch { return error.description }
    }

    @Test("is found by label and by slot, and says what it is")
    func choice() throws {
        let soft = try SoftHSM()
        #expect(try soft.module.name().contains("SoftHSM"))
        #expect(try soft.token().find().slot == soft.slot)
        let pin = TokenPIN(.entered(SecretBox(SecretBytes(copying: Array(SoftHSM.pin.utf8)))))
        let bySlot = PKCS11Token(soft.module, .slot(soft.slot), pin: pin)
        #expect(try bySlot.find().label == soft.label)
        let absent = PKCS11Token(soft.module, .label("nobody"), pin: pin)
        #expect(refusal(absent)?.contains("nobody is not there") == true)
        #expect(refusal(absent)?.contains("\(soft.label) in slot \(soft.slot)") == true)
    }

    @Test("a module that is none, or is not there, is refused in plain words")
    func noModule() {
        for path in ["libsofthsm2.so", "/nowhere/module.so", "/etc/hostname", "/proc/self/exe"] {
            do {
                _ = try PKCS11Module(path: path)
                Issue.record("\(path) was taken for a module")
            } catch { #expect(error.description.contains(path)) }
        }
    }

    @Test("logs in once, whatever is done with it and however many do it")
    func login() async throws {
        let soft = try SoftHSM()
        let token = soft.token(sessions: 3)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    do {
                        try token.perform { (connection) throws(PKCS11Error) in
                            let key = try key(connection)
                            for _ in 0..<10 { _ = try seal(connection, key) }
                            connection.discard(key)
                        }
                    } catch { Issue.record("\(error)") }
                }
            }
        }
        #expect(soft[.logins] == 1)
        // Three that work, and the one that keeps the keys.
        #expect(soft[.sessions] <= 4)
        try token.perform { (connection) throws(PKCS11Error) in
            _ = try connection.withSession { (_) throws(PKCS11Error) in 0 }
        }
        #expect(soft[.objects] == 0)
        token.close()
        #expect(soft[.sessions] == 0)
    }

    @Test("never sees a wrong PIN twice, until the PIN is another one")
    func wrongPIN() throws {
        let soft = try SoftHSM()
        let folder = try TemporaryFolder()
        try folder.write(Array("1111\n".utf8), to: "pin")
        let token = soft.token(pin: .file(folder.path + "/pin"))
        #expect(refusal(token)?.contains("CKR_PIN_INCORRECT") == true)
        for _ in 0..<20 { #expect(refusal(token)?.contains("refused this PIN before") == true) }
        #expect(soft[.logins] == 1)
        try folder.write(Array("2222".utf8), to: "pin")
        #expect(refusal(token)?.contains("CKR_PIN_INCORRECT") == true)
        #expect(refusal(token) != nil)
        #expect(soft[.logins] == 2)
        try folder.write(Array("\(SoftHSM.pin)\n".utf8), to: "pin")
        #expect(refusal(token) == nil)
        #expect(soft[.logins] == 3)
    }

    @Test("a PIN that others may read, or that is not there, is not used")
    func badSources() throws {
        let soft = try SoftHSM()
        let folder = try TemporaryFolder()
        try folder.write(Array(SoftHSM.pin.utf8), to: "open", mode: 0o640)
        try folder.write([10], to: "empty")
        for (source, words) in [
            (TokenPIN.Source.file(folder.path + "/open"), "chmod 600"),
            (.file(folder.path + "/none"), "cannot be opened"), (.file(folder.path), "not a regular file"),
            (.file(folder.path + "/empty"), "empty"),
            (.environment("KEYHOLD_TEST_NO_SUCH_PIN"), "missing"),
        ] {
            #expect(refusal(soft.token(pin: source))?.contains(words) == true, "\(words)")
        }
        #expect(soft[.logins] == 0)
    }

    @Test("is not logged in to when it is locked, nor at the final try unless that is allowed")
    func locked() throws {
        let soft = try SoftHSM()
        soft.set(.tokenFlags, 0x4_0000)
        #expect(refusal(soft.token())?.contains("is locked") == true)
        soft.set(.tokenFlags, 0x2_0000)
        #expect(refusal(soft.token())?.contains("One more wrong PIN would lock") == true)
        #expect(soft[.logins] == 0)
        #expect(refusal(soft.token(usesFinalTry: true)) == nil)
        #expect(soft[.logins] == 1)
    }

    @Test("serves again when it was pulled out and put back")
    func removal() throws {
        let soft = try SoftHSM()
        let token = soft.token()
        let made = Mutex(0)
        func work() throws(PKCS11Error) -> [UInt8] {
            try token.perform { (connection) throws(PKCS11Error) in
                made.withLock { $0 += 1 }
                return try seal(connection, try key(connection))
            }
        }
        _ = try work()
        soft.set(.isRemoved)
        for _ in 0..<3 { #expect(throws: PKCS11Error.self) { _ = try work() } }
        soft.set(.isRemoved, 0)
        #expect(try work().count == 19)
        #expect(soft[.logins] == 2)
        // Out and in again between two calls: the first call finds out, and is made again by itself.
        soft.set(.endSessions)
        #expect(try work().count == 19)
        #expect(soft[.logins] == 3)
    }

    @Test("a session limit below what was wished for is kept to")
    func sessionLimit() async throws {
        let soft = try SoftHSM()
        // The one that keeps the keys, and one that works.
        soft.set(.sessionLimit, 2)
        let token = soft.token(sessions: 16)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        try token.perform { (connection) throws(PKCS11Error) in
                            let key = try key(connection)
                            for _ in 0..<10 { _ = try seal(connection, key) }
                        }
                    } catch { Issue.record("\(error)") }
                }
            }
        }
        #expect(soft[.sessions] == 2)
        let narrow = try SoftHSM()
        narrow.set(.sessionLimit, 1)
        do {
            try narrow.token().perform { (connection) throws(PKCS11Error) in
                _ = try connection.withSession { (_) throws(PKCS11Error) in 0 }
            }
            Issue.record("a session was there that cannot be")
        } catch { #expect(error.description.contains("CKR_SESSION_COUNT")) }
    }

    @Test("a module that does not lock for itself is called by one thread at a time")
    func serialised() async throws {
        let soft = try SoftHSM([(.cannotLock, 1)])
        #expect(soft.module.isSerialised)
        let token = soft.token()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    _ = try? token.perform { (connection) throws(PKCS11Error) in
                        let key = try key(connection)
                        for _ in 0..<50 { _ = try seal(connection, key) }
                    }
                }
            }
        }
        #expect(soft[.mostCalls] == 1)
        #expect(try SoftHSM().module.isSerialised == false)
    }

    @Test("an operation that the session is left in the middle of does not spoil the next one")
    func spoiledSession() throws {
        let soft = try SoftHSM()
        let token = soft.token(sessions: 1)
        try token.perform { (connection) throws(PKCS11Error) in
            let key = try key(connection)
            soft.answer(0x150)
            #expect(throws: PKCS11Error.self) { _ = try seal(connection, key) }
            #expect(try seal(connection, key).count == 19)
        }
    }
}
