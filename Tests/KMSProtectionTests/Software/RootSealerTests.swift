import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

@Suite("The root sealer")
struct RootSealerTests {
    private func subject(_ account: String, _ principal: String, _ id: String) throws -> SealedSubject {
        .accessKeySecret(account: try #require(AccountID(account)), principal: principal, accessKeyID: id)
    }

    private func opened(_ record: [UInt8], _ sealer: RootSealer, _ subject: SealedSubject) -> [UInt8]? {
        guard let secret = try? sealer.open(record, as: subject) else { return nil }
        return secret.copied()
    }

    @Test("opens for the subject that a secret was sealed for, and for no other")
    func subjects() throws {
        let sealer = try RootSealer(root: .repeating(1))
        let own = try subject("12", "root", "LTAI1")
        let record = try sealer.seal(SecretBytes(copying: Array("secret".utf8)), as: own)
        #expect(opened(record, sealer, own) == Array("secret".utf8))
        for other in [
            try subject("1", "root", "LTAI1"), try subject("12", "roo", "tLTAI1"), try subject("12", "root", "LTAI"),
            try subject("12", "rootL", "TAI1"), try subject("12", "", "rootLTAI1"),
        ] {
            #expect(opened(record, sealer, other) == nil)
        }
    }

    @Test("a changed or cut record is refused at every byte")
    func changes() throws {
        let sealer = try RootSealer(root: .repeating(1))
        let own = try subject("12", "root", "LTAI1")
        let record = try sealer.seal(SecretBytes(copying: [7]), as: own)
        for position in record.indices {
            for bit in 0..<8 {
                var changed = record
                changed[position] ^= 1 << bit
                #expect(opened(changed, sealer, own) == nil)
            }
            #expect(opened(Array(record.prefix(position)), sealer, own) == nil)
        }
        #expect(opened(record + [0], sealer, own) == nil)
    }

    @Test("a key version's record does not pass for a secret's, even with the same fields")
    func purposes() throws {
        let root = try RootKeyRing.repeating(1)
        let fields: [[UInt8]] = [[1], [2]]
        let record = try RecordSealer(.keyVersion, under: root).seal(SecretBytes(copying: [7]), binding: fields)
        var relabelled = record
        relabelled[1] = RecordPurpose.accessKeySecret.rawValue
        let secrets = RecordSealer(.accessKeySecret, under: root)
        for bytes in [record, relabelled] {
            do {
                _ = try secrets.open(bytes, binding: fields)
                Issue.record("a record of another purpose opened")
            } catch { #expect(error == .refused) }
        }
    }

    @Test("two records of one secret differ")
    func fresh() throws {
        let sealer = try RootSealer(root: .repeating(1))
        let own = try subject("12", "root", "LTAI1")
        let first = try sealer.seal(SecretBytes(copying: [7]), as: own)
        let second = try sealer.seal(SecretBytes(copying: [7]), as: own)
        #expect(first != second)
    }
}
