import KMSAccess
import KMSCore
import Testing

@Suite("Password hashes")
struct PasswordHashTests {
    @Test("a hash knows its password and no other, after it was stored too, and no two are alike")
    func matches() throws {
        let password = SecretBytes(copying: Array("correct horse".utf8))
        let hash = try PasswordHash(of: password)
        let stored = try #require(PasswordHash(parsing: hash.bytes))
        #expect(stored.bytes == hash.bytes && stored.bytes.count == PasswordHash.byteCount)
        #expect(try stored.matches(password))
        #expect(try !stored.matches(SecretBytes(copying: Array("correct horsf".utf8))))
        #expect(try !stored.matches(SecretBytes(copying: [])))
        #expect(try PasswordHash(of: password).bytes != hash.bytes)
    }

    @Test("what the format does not describe, or what would take too long to compare with, is no hash")
    func parsing() throws {
        let good: [UInt8] = [1, 15, 8, 3] + Array(repeating: 7, count: 48)
        #expect(PasswordHash(parsing: good)?.bytes == good)
        for (index, value) in [(0, 0), (0, 2), (1, 9), (1, 19), (2, 0), (2, 9), (3, 0), (3, 11)] as [(Int, UInt8)] {
            var bad = good
            bad[index] = value
            #expect(PasswordHash(parsing: bad) == nil)
        }
        #expect(PasswordHash(parsing: []) == nil)
        #expect(PasswordHash(parsing: Array(good.dropLast())) == nil && PasswordHash(parsing: good + [0]) == nil)
    }
}
