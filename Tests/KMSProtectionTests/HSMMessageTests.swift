import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

/// The protocol of the key process: whatever parses serialises to the very same bytes, on both sides.
@Suite("Messages of the key process under mutated input")
struct HSMMessageTests {
    private static let rounds = 10_000

    private static func samples() throws -> [HSMRequest] {
        let identity = try #require(VersionIdentity.sampleSoftwareKey).with(level: .hsm, backend: HSMProcess.backend)
        let version = KeyVersion(
            identity: identity,
            createdAt: Timestamp(seconds: 1_700_000_000),
            publicKey: [1, 2, 3],
            sealedMaterial: [4, 5],
            sealedCheck: nil
        )
        let context = try #require(EncryptionContext([(key: [98], value: []), (key: [97], value: [1, 2])]))
        let table = SlotTable(databaseID: .zero, generation: 3, slots: [[1], [], [2, 3]], authenticationCode: [7])
        let node = HSMNodeKey(slot: UUIDBytes(high: 5, low: 6), publicKey: [UInt8](repeating: 4, count: 65))
        let blob = try #require(
            CiphertextBlob(
                parsing: CiphertextBlob.header(.aes256GCM, identity.id) + [UInt8](repeating: 9, count: 30)
            )
        )
        let pair = ImportPairIdentity(
            id: ImportTokenID(UUIDBytes(high: 7, low: 8)),
            key: identity.key,
            namespace: identity.namespace,
            level: .hsm,
            backend: HSMProcess.backend,
            spec: .ecSM2,
            algorithm: .sm2PKE,
            expiresAt: Timestamp(microseconds: -1)
        )
        let importPair = ImportPair(identity: pair, publicKey: [1], sealedPrivateKey: [2], triesLeft: 5)
        return [
            .status, .createRoot(databaseID: UUIDBytes(high: 1, low: 2)), .openRoot(table), .addNode(node, table),
            .removeNode(slot: node.slot, table), .makeVersion(identity, at: Timestamp(seconds: 1)),
            .seal(plaintext: SecretBox(SecretBytes(copying: [1, 2, 3])), version, context),
            .seal(plaintext: nil, version, EncryptionContext()), .open(blob, version, context), .publicKey(version),
            .sign(digest: [UInt8](repeating: 3, count: 32), .ecdsaSHA256, version),
            .decrypt(ciphertext: [1, 2], .sm2PKE, version), .makeImportPair(pair),
            .importMaterial(wrapped: [1, 2, 3], importPair, version), .forget([identity.id, KeyVersionID(.zero)]),
        ]
    }

    /// A message's bytes, as they pass over the socket.
    private static func bytes(of message: HSMMessage) -> [UInt8] {
        message.head + (message.secret.map { $0.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } } } ?? [])
    }

    private static func message(in bytes: [UInt8]) -> HSMMessage? {
        guard bytes.count >= HSMMessage.headerByteCount,
            let header = HSMMessage.Header(parsing: Array(bytes.prefix(HSMMessage.headerByteCount))),
            bytes.count == HSMMessage.headerByteCount + header.fieldByteCount + header.secretByteCount
        else { return nil }
        let fields = Array(bytes[HSMMessage.headerByteCount...].prefix(header.fieldByteCount))
        let secret = SecretBox(SecretBytes(copying: Array(bytes.suffix(header.secretByteCount))))
        return HSMMessage(code: header.code, fields: fields, secret: secret)
    }

    @Test("requests, each field of them and their framing")
    func requests() throws {
        let originals = try Self.samples().map { Self.bytes(of: $0.message) }
        for original in originals {
            let request = try #require(Self.message(in: original).flatMap { HSMRequest($0) })
            #expect(Self.bytes(of: request.message) == original)
        }
        var generator = SeededGenerator(seed: 21)
        var parsed = 0
        for round in 0..<Self.rounds {
            let original = try #require(originals.randomElement(using: &generator))
            var input = mutated(original, &generator)
            // A frame of the right length, so that what is inside is reached.
            if round % 2 == 0, input.count >= 10, original.count >= 10 {
                input.replaceSubrange(0..<10, with: original.prefix(10))
                let count = UInt32(input.count - 10)
                let secret = UInt32(original[9])
                guard count >= secret else { continue }
                input.replaceSubrange(2..<6, with: withUnsafeBytes(of: (count - secret).bigEndian) { Array($0) })
            }
            guard let request = Self.message(in: input).flatMap({ HSMRequest($0) }) else { continue }
            parsed += 1
            if Self.bytes(of: request.message) != input { Issue.record("round \(round): \(hexText(input))") }
        }
        #expect(parsed > Self.rounds / 100)
    }

    @Test("answers and what they tell of the process")
    func answers() throws {
        let secret = SecretBox(SecretBytes(copying: [1]))
        let answers: [HSMAnswer] = [
            .done(fields: [1, 2], secret: secret), .done(fields: [], secret: nil), .refused, .locked,
            .unavailable("why"),
        ]
        let originals = answers.map { Self.bytes(of: $0.message) }
        var generator = SeededGenerator(seed: 22)
        for round in 0..<Self.rounds {
            let original = try #require(originals.randomElement(using: &generator))
            let input = round < originals.count ? originals[round] : mutated(original, &generator)
            guard let answer = Self.message(in: input).flatMap({ HSMAnswer($0) }) else { continue }
            if Self.bytes(of: answer.message) != input { Issue.record("round \(round): \(hexText(input))") }
        }
        // A text of any length stays a message.
        let long = HSMAnswer.unavailable(String(repeating: "é", count: 5_000)).message
        #expect(HSMAnswer(long) != nil)

        let node = HSMNodeKey(slot: UUIDBytes(high: 5, low: 6), publicKey: [UInt8](repeating: 4, count: 65))
        let root = HSMStatus.Root(databaseID: .zero, generation: 1, fingerprint: [UInt8](repeating: 8, count: 32))
        for status in [HSMStatus(node: node, root: nil), HSMStatus(node: node, root: root)] {
            #expect(HSMStatus(parsing: status.fields) == status)
            for _ in 0..<Self.rounds {
                let input = mutated(status.fields, &generator)
                if let parsed = HSMStatus(parsing: input), parsed.fields != input { Issue.record("\(hexText(input))") }
            }
        }
        #expect(HSMNodeKey(text: "\(node)") == node)
    }

    @Test("every word of the API has a byte of its own")
    func words() {
        func check<Word: HSMWord>(_: Word.Type) {
            let codes = Word.allCases.map(\.code)
            #expect(Set(codes).count == codes.count && !codes.contains(0))
        }
        check(KeySpec.self)
        check(KeyUsage.self)
        check(KeyOrigin.self)
        check(ProtectionLevel.self)
        check(WrappingKeySpec.self)
        check(CiphertextAlgorithm.self)
        check(SignatureAlgorithm.self)
        check(EncryptionAlgorithm.self)
        check(MaterialOwner.self)
    }

    @Test("a context in another order is no message: there is one way to write each")
    func order() throws {
        let samples = try Self.samples()
        let context = try #require(EncryptionContext([(key: [97], value: []), (key: [98], value: [])]))
        guard case .publicKey(let version) = samples[9] else { return }
        var fields = HSMRequest.seal(plaintext: nil, version, context).message.fields
        let first = try #require(fields.lastIndex(of: 97))
        let second = try #require(fields.lastIndex(of: 98))
        fields.swapAt(first, second)
        #expect(HSMRequest(HSMMessage(code: 17, fields: fields)) == nil)
    }

    @Test("HSMProtocol.md")
    func documentation() throws {
        let page = try WorkedExample(page: "HSMProtocol.md")
        let identity = try #require(VersionIdentity.sampleSoftwareKey)
            .with(level: .hsm, backend: HSMProcess.backend, algorithm: .aes256GCM)
        #expect(try page("request") == Self.bytes(of: HSMRequest.forget([identity.id]).message))
        #expect(try page("answer") == Self.bytes(of: HSMAnswer.done().message))
        let version = KeyVersion(
            identity: identity,
            createdAt: Timestamp(seconds: 1_000),
            sealedMaterial: [0xde, 0xad, 0xbe, 0xef]
        )
        let secret = SecretBox(SecretBytes(copying: Array("hi".utf8)))
        let request = HSMRequest.seal(plaintext: secret, version, EncryptionContext())
        #expect(try page("seal") == Self.bytes(of: request.message))
    }
}
