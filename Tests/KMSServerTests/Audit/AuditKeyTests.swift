import FoundationEssentials
import KMSAccess
import KMSCore
import KMSCrypto
import KMSTestKit
import Synchronization
import Testing

@testable import KMSProtection
@testable import KMSServer

/// A seal that can tell which of the keys that it gave out are still there.
private final class WatchedSeal: AuditSeal {
    private final class Weak: Sendable {
        weak let key: (any AuditLaneKey)?
        init(_ key: any AuditLaneKey) { self.key = key }
    }

    private final class Key: AuditLaneKey {
        let key: any AuditLaneKey
        let seal: WatchedSeal
        init(_ key: any AuditLaneKey, _ seal: WatchedSeal) { (self.key, self.seal) = (key, seal) }
        func code(_ message: [UInt8]) -> [UInt8] { key.code(message) }
        func next() throws(AuditError) -> any AuditLaneKey { seal.watched(try key.next()) }
    }

    private let seal: RootAuditSeal
    private let keys = Mutex<[Weak]>([])

    init(_ seal: RootAuditSeal) { self.seal = seal }

    var generation: UInt32 { seal.generation }
    var publicKey: [UInt8] { seal.publicKey }
    /// Of the keys given out, in their order, whether each is still there.
    var isThere: [Bool] { keys.withLock { $0.map { $0.key != nil } } }

    private func watched(_ key: any AuditLaneKey) -> any AuditLaneKey {
        let watched = Key(key, self)
        keys.withLock { $0 += [Weak(key), Weak(watched)] }
        return watched
    }

    func digest(_ bytes: [UInt8]) -> [UInt8] { seal.digest(bytes) }
    func laneKey(_ place: AuditPlace) throws(AuditError) -> any AuditLaneKey { watched(try seal.laneKey(place)) }
    func sign(_ digest: [UInt8]) throws(AuditError) -> [UInt8] { try seal.sign(digest) }
}

@Suite struct AuditKeyTests {
    private let bench: AuditBench
    private let place = AuditPlace(node: UUIDBytes(high: 1, low: 2), start: 3, lane: 4)

    init() throws { bench = try AuditBench() }

    @Test("a checkpoint leaves nothing of the key before it")
    func oldKeyIsGone() async throws {
        let seal = WatchedSeal(try await bench.seal())
        let file = try AuditFile(path: bench.path)
        var lane = try AuditLane(place, after: AuditLine.noLine, sealedBy: seal, in: file)
        try lane.append(.request, at: bench.time.now())
        #expect(seal.isThere == [true, true])
        for count in 1...3 {
            try lane.checkpoint(at: bench.time.now())
            #expect(seal.isThere.suffix(2) == [true, true])
            #expect(seal.isThere.dropLast(2).allSatisfy { !$0 } && seal.isThere.count == 2 * (count + 1))
        }
    }

    @Test("keys follow from one another in one direction, and each makes other MACs than those before it")
    func ratchet() async throws {
        let seal = try await bench.seal()
        let message = Array("line".utf8)
        let first = try seal.laneKey(place)
        let second = try first.next()
        let third = try second.next()
        let codes = [first, second, third].map { $0.code(message) }
        #expect(Set(codes).count == 3)
        #expect(try seal.laneKey(place).next().code(message) == codes[1])
        // Nothing that the later key leads to is the earlier one.
        var later: any AuditLaneKey = second
        for _ in 0..<100 {
            later = try later.next()
            #expect(later.code(message) != codes[0] && later.code(message) != codes[1])
        }
    }

    @Test("every node, start and lane has a key of its own, and so has every root")
    func binding() async throws {
        let seal = try await bench.seal()
        let message = Array("line".utf8)
        var codes = Set<[UInt8]>()
        let others = [
            place, AuditPlace(node: UUIDBytes(high: 1, low: 3), start: 3, lane: 4),
            AuditPlace(node: place.node, start: 4, lane: 4), AuditPlace(node: place.node, start: 3, lane: 5),
        ]
        for place in others { codes.insert(try seal.laneKey(place).code(message)) }
        for (generation, byte) in [(2, 7), (1, 8)] as [(UInt32, UInt8)] {
            let root = RootKey(generation: generation, secret: SecretBytes(copying: Array(repeating: byte, count: 32)))
            codes.insert(try AuditLaneKeys(root: root).first(place).code(message))
        }
        #expect(codes.count == 6)
        #expect(throws: AuditError.self) { try AuditLaneKeys(root: bench.root.current).first(place, generation: 2) }
    }

    @Test("the signing key is made once, is sealed, and opens under its own root alone")
    func signingKey() async throws {
        let first = try await bench.seal()
        let second = try await bench.seal()
        #expect(first.publicKey == second.publicKey)
        let root = RootKey(generation: 1, secret: SecretBytes(copying: Array(repeating: 8, count: 32)))
        let other = try RootKeyRing(root)
        let opened = try? await RootAuditSeal.open(other, keptIn: bench.heads, at: Timestamp(seconds: 0))
        #expect(opened == nil)
        let key = try #require(AuditPublicKey(first.publicKey))
        #expect(AuditPublicKey(Array(key.pem.utf8))?.der == first.publicKey)
    }

    @Test("Audit.md")
    func documentation() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Documentation/Audit.md").path
        let text = try String(contentsOfFile: page, encoding: .utf8)
        func values(_ name: String) throws -> [UInt8] {
            let lines = text.split(separator: "\n")
            let index = try #require(lines.firstIndex { $0 == "\(name):" }, "\(name)")
            return try #require([UInt8](hexadecimal: Array(lines[index + 1].utf8)[...]))
        }
        let secret = try values("root")
        let root = RootKey(generation: 1, secret: SecretBytes(copying: secret))
        let auditKey = try root.auditKey().withBytes { $0.withUnsafeBytes { Array($0) } }
        #expect(try values("audit key") == auditKey)
        let lines = text.split(separator: "\n").map(String.init).filter { $0.hasPrefix(#"{"v":2,"node""#) }
        let place = try #require(AuditLine(lines[0])).place
        let first = try AuditLaneKeys(root: root).first(place)
        let message = Array("any message".utf8)
        let second = try first.next()
        for (key, name) in [(first, "first key"), (second, "next key")] {
            let secret = SecretBytes(copying: try values(name))
            let code = secret.withBytes { HMACSHA256.code(key: $0, message: message) }
            #expect(key.code(message) == code)
        }

        let publicKey: AuditPublicKey = try #require(AuditPublicKey(Array(text.utf8)))
        func report(_ lines: [String]) throws -> AuditReport {
            let keys = try AuditLaneKeys(root: root)
            var verifier = AuditVerifier(publicKey: publicKey) { place, _ in try? keys.first(place) }
            for (index, line) in lines.enumerated() {
                verifier.read(Array(line.utf8)[...], of: "Audit.md", number: index + 1)
            }
            return verifier.finish()
        }
        #expect(lines.compactMap { AuditLine($0)?.kind } == [.start, .request, .checkpoint, .refusals])
        #expect(try report(lines).findings == [])
        for index in lines.indices {
            var changed = lines
            changed[index] = lines[index].replacing("2026-01-01", with: "2026-01-02")
            #expect(try report(changed).findings.first?.line == index + 1)
        }
    }
}
