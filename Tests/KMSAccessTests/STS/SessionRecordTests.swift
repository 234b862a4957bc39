import KMSCore
import KMSTestKit
import Testing

@testable import KMSAccess

@Suite("The content of security tokens")
struct SessionRecordTests {
    private static func record(service: String? = nil, policy: String? = nil) -> SessionRecord {
        SessionRecord(
            claims: SessionClaims(
                accessKeyDigest: [UInt8](repeating: 0xAB, count: 32),
                expiresAt: Timestamp(seconds: 1_767_312_000),
                account: AccountID("1000000000000001")!,
                role: RoleID("300000000000000001")!,
                roleRevision: 3,
                session: SessionName("nightly-backup")!,
                service: service.flatMap { ServiceCode($0) }.map {
                    SessionClaims.ActingService(code: $0, registeredAt: Timestamp(microseconds: 1_767_225_600_000_001))
                },
                policy: policy
            ),
            secret: SecretBytes(copying: Array("TemporarySecret".utf8))
        )
    }

    private static func bytes(_ record: consuming SessionRecord) -> [UInt8] { record.bytes.array }

    private static func roundTrip(_ bytes: [UInt8]) -> [UInt8]? {
        guard let record = SessionRecord.parsing(bytes.span.bytes) else { return nil }
        return record.bytes.array
    }

    @Test("what was written is read again")
    func roundTrip() throws {
        for (service, policy) in [(nil, nil), ("OSS", nil), (nil, AccessBench.all), ("OSS", "\u{E9}\u{1F511}")] {
            let original = Self.record(service: service, policy: policy)
            let claims = original.claims
            let bytes = original.bytes.array
            guard let read = SessionRecord.parsing(bytes.span.bytes) else {
                Issue.record("must parse")
                continue
            }
            let secret = read.secret.array
            #expect(read.claims == claims)
            #expect(secret == Array("TemporarySecret".utf8))
        }
    }

    @Test("every prefix but the whole is refused, and so is another version")
    func prefixes() {
        let whole = Self.bytes(Self.record(policy: AccessBench.all))
        let secret = "TemporarySecret".utf8.count
        for count in 0...(whole.count - secret) { #expect(Self.roundTrip(Array(whole.prefix(count))) == nil) }
        #expect(Self.roundTrip([2] + whole.dropFirst()) == nil)
    }

    @Test("the time of a registration comes with a service, and without one it is zero")
    func registration() {
        let place = 1 + 32 + 8 + 8
        let registered = Self.bytes(Self.record(service: "OSS"))
        #expect(Array(registered[place..<place + 8]) == [0x00, 0x06, 0x47, 0x48, 0x46, 0x20, 0x40, 0x01])
        let nobody = Self.bytes(Self.record())
        #expect(Array(nobody[place..<place + 8]) == [UInt8](repeating: 0, count: 8))
        for byte in place..<place + 8 {
            var changed = nobody
            changed[byte] = 1
            #expect(Self.roundTrip(changed) == nil)
        }
        // Beyond what a Timestamp holds.
        var late = registered
        late[place] = 0x80
        #expect(Self.roundTrip(late) == nil)
    }

    @Test("whatever parses serialises to the very same bytes, and nothing makes the parser trap")
    func fuzz() {
        let originals = [
            Self.bytes(Self.record()), Self.bytes(Self.record(service: "OSS")),
            Self.bytes(Self.record(service: "OSS", policy: AccessBench.all)),
        ]
        for original in originals { #expect(Self.roundTrip(original) == original) }
        var random = SeededGenerator(seed: 5)
        var parsed = 0
        for round in 0..<50_000 {
            var input = originals.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard !input.isEmpty else { break }
                let index = input.indices.randomElement(using: &random)!
                switch Int.random(in: 0..<5, using: &random) {
                case 0: input[index] = UInt8.random(in: 0...255, using: &random)
                case 1: input[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: input.remove(at: index)
                case 3: input.insert(UInt8.random(in: 0...255, using: &random), at: index)
                default: input.removeLast(Int.random(in: 0...min(8, input.count), using: &random))
                }
            }
            guard let output = Self.roundTrip(input) else { continue }
            parsed += 1
            if output != input { Issue.record("round \(round): \(input)") }
        }
        // Mutations that leave the structure alone must be among them, or the test shows nothing.
        #expect(parsed > 500)
    }
}
