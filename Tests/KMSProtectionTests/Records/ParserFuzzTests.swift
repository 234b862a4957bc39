import KMSCore
import KMSCrypto
import Testing

@testable import KMSProtection

/// Whatever parses serialises to the very same bytes, and nothing makes a parser trap.
@Suite("Parsers under mutated input")
struct ParserFuzzTests {
    private static let rounds = 20_000

    private func check(seed: UInt64, _ originals: [[UInt8]], _ roundTrip: ([UInt8]) -> [UInt8]?) {
        for original in originals { #expect(roundTrip(original) == original) }
        var generator = SeededGenerator(seed: seed)
        var parsed = 0
        for round in 0..<Self.rounds {
            guard let original = originals.randomElement(using: &generator) else { return }
            let input = mutated(original, &generator)
            guard let output = roundTrip(input) else { continue }
            parsed += 1
            if output != input { Issue.record("round \(round): \(hexText(input))") }
        }
        // Mutations that leave the structure alone must be among them, or the test shows nothing.
        #expect(parsed > Self.rounds / 100)
    }

    @Test("sealed records")
    func records() throws {
        let sealer = RecordSealer(.keyVersion, under: try .repeating(1))
        let originals = try [0, 1, 32].map {
            try sealer.seal(SecretBytes(copying: [UInt8](repeating: 1, count: $0)), binding: [])
        }
        check(seed: 1, originals) { SealedRecord(parsing: $0)?.bytes }
    }

    @Test("keys as tokens wrap them")
    func tokenBlobs() {
        let blobs = [16, 40, 1_232].map { count in
            TokenBlob(generation: 1, mechanism: 0x210A, wrapped: [UInt8](repeating: 3, count: count)).bytes
        }
        check(seed: 12, blobs) { TokenBlob(parsing: $0)?.bytes }
        for wrong in [[], [1], [UInt8](repeating: 1, count: 24), [1] + [UInt8](repeating: 0, count: 40)] {
            #expect(TokenBlob(parsing: wrong) == nil)
        }
    }

    @Test("slots")
    func slots() throws {
        let publicKey = try P256KeyAgreement.publicKey(of: P256KeyAgreement.makePrivateKey())
        let id = UUIDBytes(high: 1, low: 2)
        let slots = try [
            RootSlotKey(.file, id, publicKey: publicKey, parameters: []),
            RootSlotKey(.shares, id, publicKey: publicKey, parameters: [2, 3]),
            RootSlotKey(.tpm, id, publicKey: publicKey, parameters: [UInt8](repeating: 9, count: 300)),
        ].map { try RootKeySlot.wrapping(.repeating(1), of: .zero, to: $0).bytes }
        check(seed: 2, slots) { RootKeySlot(parsing: $0)?.bytes }
    }

    @Test("pins")
    func pins() {
        let pin = RootKeyPin(databaseID: .zero, generation: 1, fingerprint: [UInt8](repeating: 5, count: 32))
        check(seed: 3, [pin.bytes]) { RootKeyPin(parsing: $0)?.bytes }
    }

    @Test("successions")
    func successions() throws {
        let succession = try RootSuccession.make(
            from: .repeating(1),
            to: .repeating(2, generation: 2),
            of: UUIDBytes(high: 1, low: 2)
        )
        check(seed: 11, [succession.bytes]) { RootSuccession(parsing: $0)?.bytes }
    }

    @Test("key files")
    func keyFiles() throws {
        let slot = try FileSlot.make(UUIDBytes(high: 1, low: 2))
        check(seed: 4, [slot.file().copied()]) { bytes in
            guard let slot = FileSlot.parsing(SecretBytes(copying: bytes)) else { return nil }
            return slot.file().copied()
        }
    }

    @Test("parameters of slots")
    func slotParameters() throws {
        let passphrase = try PassphraseGuard(.text("a long passphrase")).make(.zero, .least).parameters
        check(seed: 8, [passphrase]) { PassphraseParameters(parsing: $0)?.bytes }
        let tpm = TPMParameters(
            pcrs: 0x81,
            primary: [UInt8](repeating: 4, count: 34),
            publicArea: [UInt8](repeating: 5, count: 88),
            privateArea: [UInt8](repeating: 6, count: 128)
        )
        check(seed: 9, [tpm.bytes]) { TPMParameters(parsing: $0)?.bytes }
        let token = TokenParameters(serial: Array("0a1b2c3d4e5f6071".utf8))
        check(seed: 13, [token.bytes]) { TokenParameters(parsing: $0)?.bytes }
        check(seed: 10, [[2, 3], [3, 5], [32, 32]]) { SharesParameters(parsing: $0)?.bytes }
    }

    @Test("texts of recovery shares: whatever parses is what its canonical text parses to")
    func shares() throws {
        let text = try SharesGuard.make(.zero, threshold: 2, count: 2).shares[0].text.copied()
        var generator = SeededGenerator(seed: 11)
        var parsed = 0
        for _ in 0..<Self.rounds {
            let input = mutated(text, &generator)
            guard let share = try? RecoveryShare(parsing: SecretBytes(copying: input)) else { continue }
            parsed += 1
            #expect(share.text.copied() == text)
        }
        // Those whose mutation touched a hyphen alone.
        #expect(parsed > 0)
    }

    @Test("ciphertexts")
    func ciphertexts() {
        let version = KeyVersionID(UUIDBytes(high: 1, low: 2))
        let originals = CiphertextAlgorithm.allCases.map {
            CiphertextBlob.header($0, version) + [UInt8](repeating: 3, count: $0.nonceByteCount + 16 + 5)
        }
        check(seed: 5, originals) { bytes in
            guard let blob = CiphertextBlob(parsing: bytes) else { return nil }
            return CiphertextBlob.header(blob.algorithm, blob.version) + blob.body
        }
    }

    @Test("import tokens")
    func importTokens() {
        let claim = ImportTokenClaim(id: ImportTokenID(.zero), expiresAt: Timestamp(seconds: 1_767_312_000))
        let token = ImportTokenText(claim: claim, authenticationCode: [UInt8](repeating: 5, count: 32))
        check(seed: 7, [Array(token.text.utf8)]) { bytes in
            ImportTokenText(parsing: bytes[...]).map { Array($0.text.utf8) }
        }
    }

    @Test("mutated sealed records never open")
    func mutatedRecordsStayShut() throws {
        let sealer = RecordSealer(.keyVersion, under: try .repeating(1))
        let original = try sealer.seal(SecretBytes(copying: [1, 2, 3]), binding: [[1]])
        var generator = SeededGenerator(seed: 6)
        for round in 0..<Self.rounds {
            let input = mutated(original, &generator)
            guard input != original, (try? sealer.open(input, binding: [[1]])) != nil else { continue }
            Issue.record("round \(round): \(hexText(input))")
        }
    }
}
