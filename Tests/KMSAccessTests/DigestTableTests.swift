import KMSCore
import KMSTestKit
import Testing

@testable import KMSAccess

struct DigestTableTests {
    @Test("a table holds what was put in and nothing else, at 16 bytes a place and never less than 64 per cent full")
    func density() {
        var random = SeededGenerator(seed: 4)
        var table = DigestTable()
        var digests: [UUIDBytes] = []
        for _ in 0..<20_000 {
            let digest = UUIDBytes(high: random.next(), low: random.next())
            #expect(!table.contains(digest))
            table.insert(digest)
            digests.append(digest)
            if table.capacity > 1_000 { #expect(table.count * 100 >= table.capacity * 63) }
            #expect(table.count * 5 <= table.capacity * 4)
        }
        #expect(digests.allSatisfy(table.contains))
        #expect(table.count == 20_000)
    }

    @Test("digests that all want the last place go round to the first")
    func wrapsAround() {
        var table = DigestTable()
        let digests = (1...200 as ClosedRange<UInt64>).map { UUIDBytes(high: .max, low: $0) }
        for digest in digests { table.insert(digest) }
        #expect(digests.allSatisfy(table.contains))
        #expect(!table.contains(UUIDBytes(high: .max, low: 201)))
        #expect(!table.contains(UUIDBytes(high: 0, low: 1)))
    }
}
