import KMSCore
import Testing

@Suite struct AuditLineTests {
    private static let place = AuditPlace(node: UUIDBytes(high: 0xABCD_0000_0000_0001, low: 2), start: 7, lane: 3)

    private static let line: [UInt8] = {
        var line = AuditLine.begin(place)
        let time = Timestamp(microseconds: 1_800_000_000_123_456)
        AuditLine.appendHead(19, after: Array(repeating: 0xA5, count: 32), .request, at: time, to: &line)
        line += Array(#","requestId":"00000000-0000-0009-0000-000000000005","source":"a\"{\"v\":2,\"node\":\"b""#.utf8)
        AuditLine.appendCode(Array(repeating: 0x5A, count: 32), to: &line)
        return line
    }()

    @Test("what is written is read")
    func roundTrip() throws {
        let line = try #require(AuditLine(Self.line))
        #expect(line.place == Self.place && line.sequence == 19 && line.kind == .request)
        #expect(line.previous == Array(repeating: 0xA5, count: 32) && line.code == Array(repeating: 0x5A, count: 32))
        #expect(line.time == Timestamp(microseconds: 1_800_000_000_123_456))
        #expect(line.authenticated == Array(Self.line.dropLast(74)))
        #expect(line.members?["source"]?.text == #"a"{"v":2,"node":"b"#)
        #expect(AuditLine.request(of: Self.line[...])?.requestID == UUIDBytes(high: 9, low: 5))
    }

    @Test("a line has one form: what parses would be written as the same bytes, whatever was done to it")
    func fuzz() throws {
        var state: UInt64 = 20_160_120
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = Self.line
            for _ in 0...random(2) {
                // Mostly before the members, where the form is fixed.
                let position = random(4) == 0 ? random(bytes.count) : random(min(220, bytes.count))
                switch random(4) {
                case 0: bytes[position] = UInt8(truncatingIfNeeded: random(256))
                case 1: bytes.insert(UInt8(truncatingIfNeeded: random(256)), at: position)
                case 2: bytes.remove(at: position)
                default: bytes.removeSubrange(position..<min(bytes.count, position + random(40)))
                }
            }
            guard let line = AuditLine(bytes) else { continue }
            accepted += 1
            var again = AuditLine.begin(line.place)
            AuditLine.appendHead(line.sequence, after: line.previous, line.kind, at: line.time, to: &again)
            #expect(bytes.starts(with: again))
            again = line.authenticated
            AuditLine.appendCode(line.code, to: &again)
            #expect(bytes == again && line.bytes == bytes)
            _ = line.members
        }
        #expect(accepted > 100)
    }

    @Test("every beginning of a line, and every end of one, is none")
    func pieces() {
        for count in 0..<Self.line.count {
            #expect(AuditLine(Array(Self.line.prefix(count))) == nil)
            #expect(AuditLine(Array(Self.line.suffix(count))) == nil)
        }
    }

    @Test("numbers and ids in another form than the written one are refused")
    func otherForms() {
        let text = String(decoding: Self.line, as: UTF8.self)
        let changes = [
            ("\"start\":7", "\"start\":07"), ("\"start\":7", "\"start\":0"), ("\"start\":7", "\"start\":-7"),
            ("\"seq\":19", "\"seq\":+19"), ("\"seq\":19", "\"seq\":0"), ("\"seq\":19", "\"seq\":99999999999999999999"),
            ("\"lane\":3", "\"lane\":4294967296"), ("abcd0000", "ABCD0000"), ("a5a5", "A5a5"), ("5a5a\"}", "5A5a\"}"),
            ("request\"", "requests\""), ("\"v\":2", "\"v\":3"), ("\"v\":2,", "\"v\":2, "),
        ]
        for (old, new) in changes {
            let changed = text.replacing(old, with: new, maxReplacements: 1)
            #expect(changed != text && AuditLine(Array(changed.utf8)) == nil, "\(new)")
        }
    }

    @Test("a piece before a line is taken off, however it ends, and a line alone is left alone")
    func apart() {
        for count in [0, 1, 14, 15, 16, 40, Self.line.count - 1] {
            let joined = Self.line.prefix(count) + Self.line
            let (torn, line) = AuditLine.apart(joined[...])
            #expect(Array(torn) == Array(Self.line.prefix(count)) && Array(line) == Self.line)
        }
        let (torn, rest) = AuditLine.apart(Array("no line".utf8)[...])
        #expect(torn.isEmpty && Array(rest) == Array("no line".utf8))
    }
}
