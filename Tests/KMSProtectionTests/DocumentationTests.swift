import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

@Suite("The worked examples of the documentation")
struct DocumentationTests {
    private let identity: VersionIdentity

    init() throws { identity = try #require(VersionIdentity.sampleSoftwareKey) }

    private func seal(_ plaintext: [UInt8], _ key: [UInt8], _ nonce: [UInt8], _ data: [UInt8]) throws -> [UInt8] {
        var sealed: [UInt8] = []
        try AESGCM.seal(
            plaintext.span.bytes,
            .extended,
            key: key.span.bytes,
            nonce: nonce[...],
            authenticating: data,
            into: &sealed
        )
        return sealed
    }

    @Test("Ciphertext.md")
    func ciphertext() async throws {
        let page = try WorkedExample(page: "Ciphertext.md")
        let (key, nonce) = (try page("key"), try page("nonce"))
        let context = try #require(
            EncryptionContext([
                (key: Array("purpose".utf8), value: Array("example".utf8)),
                (key: Array("app".utf8), value: Array("shop".utf8)),
            ])
        )
        let data = CiphertextBlob.associatedData(.xaes256GCM, identity.id, context)
        #expect(try page("plaintext") == Array("Hello, Keyhold".utf8))
        #expect(try page("associated data") == data)
        let header = CiphertextBlob.header(.xaes256GCM, identity.id)
        #expect(try page("ciphertext") == header + nonce + seal(page("plaintext"), key, nonce, data))
        var derived: [UInt8] = []
        let (plaintext, derivedKey) = (try page("plaintext"), try page("derived key"))
        try AESGCM.seal(
            plaintext.span.bytes,
            .plain,
            key: derivedKey.span.bytes,
            nonce: nonce.suffix(12),
            authenticating: data,
            into: &derived
        )
        #expect(try page("ciphertext") == header + nonce + derived)

        // And the vault itself opens both, given the key as a version's material.
        let root = try RootKeyRing.repeating(1)
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: [])
        let secret = try page.secret("key")
        let material = try RecordSealer(.keyVersion, under: root).seal(secret, binding: fields)
        let version = KeyVersion(identity: identity, createdAt: Timestamp(seconds: 0), sealedMaterial: material)
        let vault = SoftwareVault(root: root, workers: InlineWorkers())
        let blob = try #require(CiphertextBlob(parsing: try page("ciphertext")))
        let opened = try await vault.open(blob, under: version, authenticating: context).copied()
        #expect(try opened == page("plaintext"))
        let empty = try #require(CiphertextBlob(parsing: try page("empty ciphertext")))
        let nothing = try await vault.open(empty, under: version, authenticating: .init()).copied()
        #expect(nothing.isEmpty)
    }

    @Test("SealedRecords.md")
    func sealedRecord() throws {
        let page = try WorkedExample(page: "SealedRecords.md")
        let root = try RootKeyRing(RootKey(generation: 1, secret: try page.secret("root")))
        let recordKey = try root.current.recordKey(for: .keyVersion).copied()
        #expect(try page("record key") == recordKey)
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: [])
        #expect(try page("associated data") == SealedRecord.associatedData(.keyVersion, 1, fields))
        let records = RecordSealer(.keyVersion, under: root)
        let material = try page.secret("material")
        let record = try records.seal(material, binding: fields, nonce: page("nonce"))
        #expect(try page("record") == record)
        let opened = try records.open(page("record"), binding: fields).copied()
        #expect(try page("material") == opened)
    }

    @Test("ImportTokens.md")
    func importToken() throws {
        let page = try WorkedExample(page: "ImportTokens.md")
        let root = try RootKeyRing(RootKey(generation: 1, secret: try page.secret("root")))
        let secret = try page("root")
        let tokenKey = try HKDF.derive(
            from: secret.span.bytes,
            info: Array("keyhold import token v1".utf8) + [0, 0, 0, 1],
            byteCount: 32
        ).copied()
        #expect(try page("token key") == tokenKey)
        let id = ImportTokenID(try #require(UUIDBytes(bytes: try page("token id"))))
        let expiry = try #require(Timestamp(text: "2026-01-02T00:00:00Z".utf8))
        let pair = ImportPairIdentity(
            id: id,
            key: identity.key,
            namespace: identity.namespace,
            level: .software,
            backend: "software",
            spec: .rsa2048,
            algorithm: .rsaesOAEPSHA256,
            expiresAt: expiry
        )
        let tokens = RootImportTokens(root: root)
        let token = tokens.token(for: pair)
        let text = try String(decoding: page("token in base64, as hexadecimal"), as: UTF8.self)
        #expect(text == token)
        #expect(try page("token") == Base64.decode(Array(token.utf8)[...]))
        let message = try page("authenticated")
        #expect(try page("token").suffix(32) == HMACSHA256.code(key: tokenKey.span.bytes, message: message)[...])
        #expect(tokens.claim(in: Array(text.utf8)[...], for: identity.key, in: identity.namespace)?.id == id)
    }

    @Test("SecurityTokens.md, as far as it is a sealed record")
    func securityToken() throws {
        let page = try WorkedExample(page: "SecurityTokens.md")
        let root = try RootKeyRing(RootKey(generation: 1, secret: try page.secret("root")))
        let recordKey = try root.current.recordKey(for: .securityToken).copied()
        #expect(try page("record key") == recordKey)
        #expect(try page("associated data") == SealedRecord.associatedData(.securityToken, 1, []))
        let records = RecordSealer(.securityToken, under: root)
        let content = try page.secret("content")
        let record = try records.seal(content, binding: [], nonce: page("nonce"))
        #expect(try page("token") == record)
        let opened = try RootSealer(root: root).open(page("token"), as: .securityToken).copied()
        #expect(try page("content") == opened)
    }

    @Test("RootRotation.md")
    func rotation() throws {
        let page = try WorkedExample(page: "RootRotation.md")
        let databaseID = try #require(UUIDBytes(bytes: try page("database id")[...]))
        let root = RootKey(generation: 1, secret: try page.secret("root"))
        let next = RootKey(generation: 2, secret: try page.secret("next root"))
        #expect(try page("next public key") == next.signingKey().publicKey.point)
        #expect(try page("next fingerprint") == next.fingerprint())
        let succession = try #require(RootSuccession(parsing: try page("succession")))
        #expect(try page("succession") == succession.bytes)
        let (pin, nextPin) = (
            RootKeyPin(databaseID: databaseID, generation: 1, fingerprint: try root.fingerprint()),
            RootKeyPin(databaseID: databaseID, generation: 2, fingerprint: try next.fingerprint())
        )
        #expect(RootSuccession.lead(from: pin, to: nextPin, [succession.bytes]))

        let ring = try RootKeyRing(next)
        let key = try next.recordKey(for: .previousRoot).copied()
        #expect(try page("record key") == key)
        let fields = RecordFields.previousRoot(databaseID: databaseID, generation: 1)
        #expect(try page("associated data") == SealedRecord.associatedData(.previousRoot, 2, fields))
        let record = try RecordSealer(.previousRoot, under: ring)
            .seal(try page.secret("root"), binding: fields, nonce: page("nonce"))
        #expect(try page("previous root record") == record)
    }

    @Test("RootKeySlots.md")
    func rootKeySlot() async throws {
        let page = try WorkedExample(page: "RootKeySlots.md")
        let databaseID = try #require(UUIDBytes(bytes: try page("database id")[...]))
        let slotID = try #require(UUIDBytes(bytes: try page("slot id")[...]))
        let root = RootKey(generation: 1, secret: try page.secret("root"))
        let ephemeral = try page.secret("ephemeral private key")
        let shared = try P256KeyAgreement.agree(ephemeral, with: page("public key")).copied()
        #expect(try page("shared") == shared)
        let slot = try RootKeySlot.wrapping(
            root,
            of: databaseID,
            to: RootSlotKey(.file, slotID, publicKey: page("public key"), parameters: []),
            ephemeral: ephemeral
        )
        #expect(try page("slot") == slot.bytes)
        let secret = try page("root")
        let tableKey = try HKDF.derive(
            from: secret.span.bytes,
            info: Array("keyhold slot table v1".utf8) + [0, 0, 0, 1],
            byteCount: 32
        ).copied()
        #expect(try page("table key") == tableKey)
        let code = try root.authenticationCode(databaseID: databaseID, slots: [slot.bytes])
        #expect(try page("authentication code") == code)
        #expect(try page("signing public key") == root.signingKey().publicKey.point)
        let pin = RootKeyPin(databaseID: databaseID, generation: 1, fingerprint: try root.fingerprint())
        #expect(try page("pin") == pin.bytes)

        // And a server that finds these files and this table has this root.
        let folder = try TemporaryFolder()
        try folder.write(try page("key file"), to: "root.key")
        try folder.write(try page("pin"), to: "root.pin")
        let store = MemorySlotStore()
        store.table = SlotTable(
            databaseID: databaseID,
            generation: 1,
            slots: [try page("slot")],
            authenticationCode: try page("authentication code")
        )
        let opened = try await RootKeyLoader(store: store, folder: folder.path).open().current
        let bytes = opened.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
        #expect(try page("root") == bytes)
    }

    @Test("SealedRecords.md: a key as a token wrapped it")
    func tokenBlob() throws {
        let page = try WorkedExample(page: "SealedRecords.md")
        let blob = TokenBlob(
            generation: 1,
            mechanism: UInt32(Mechanism.aesKeyWrapPad),
            wrapped: try page("wrapped key")
        )
        #expect(try page("token blob") == blob.bytes)
        #expect(try TokenBlob(parsing: page("token blob")) == blob)
    }

    @Test("RootKeySlots.md: a passphrase")
    func passphraseSlot() async throws {
        let page = try WorkedExample(page: "RootKeySlots.md")
        let id = try #require(UUIDBytes(bytes: try page("passphrase slot id")))
        let cost = try #require(PassphraseParameters.Cost(logarithm: 14, parallelization: 1))
        let passphrase = try page.secret("passphrase")
        let salt = try page("salt")
        let derived = try passphrase.withBytes { passphrase throws(CryptoError) in
            try cost.scrypt.derive(from: passphrase, salt: salt, byteCount: 32)
        }
        let key = derived.copied()
        #expect(try page("scrypt key") == key)
        let guardian = PassphraseGuard(SecretBox(try page.secret("passphrase")))
        let made = try guardian.seal(page.secret("passphrase private key"), of: id, cost, salt: page("salt"))
        #expect(try page("passphrase public key") == made.publicKey)
        #expect(try page("passphrase parameters") == made.parameters)
        try await expectRoot(of: made, ephemeral: 0x22, page, "passphrase slot", guardian)
    }

    @Test("RootKeySlots.md: recovery shares")
    func recoveryShares() async throws {
        let page = try WorkedExample(page: "RootKeySlots.md")
        let id = try #require(UUIDBytes(bytes: try page("shares slot id")))
        let shares = try ["share 1", "share 2", "share 5"].map { name in
            let text = "keyhold-share:" + hexText(try page(name))
            let share = try RecoveryShare(parsing: SecretBytes(copying: Array(text.utf8)))
            let canonical = String(decoding: share.text.copied(), as: UTF8.self)
            #expect(canonical.replacing("-", with: "") == text.replacing("-", with: ""))
            return share
        }
        let joined = SecretSharing.join(shares.map { ($0.number, $0.value) })
        let privateKey = joined?.copied()
        #expect(try page("shares private key") == privateKey)
        let parameters = SharesParameters(threshold: 3, count: 5).bytes
        #expect(try page("shares parameters") == parameters)
        let key = RootSlotKey(.shares, id, publicKey: try page("shares public key"), parameters: parameters)
        try await expectRoot(of: key, ephemeral: 0x23, page, "shares slot", SharesGuard(shares))
    }

    @Test("RootKeySlots.md: a PKCS#11 token")
    func tokenSlot() throws {
        let page = try WorkedExample(page: "RootKeySlots.md")
        let parameters = TokenParameters(serial: try page("token serial"))
        #expect(try page("token parameters") == parameters.bytes)
    }

    @Test("RootKeySlots.md: a TPM")
    func tpmSlot() throws {
        let page = try WorkedExample(page: "RootKeySlots.md")
        let parameters = TPMParameters(
            pcrs: 1 << 7,
            primary: try page("TPM primary name"),
            publicArea: try page("TPM public area"),
            privateArea: try page("TPM private area")
        )
        #expect(try page("TPM parameters") == parameters.bytes)
        #expect(parameters.pcrList == "7")
        #expect(try TPMParameters(parsing: page("TPM parameters")) == parameters)
        // The public area ends with the point, each number after its length.
        let point = try page("TPM public key")
        let (x, y) = (Array(point[1..<33]), Array(point[33...]))
        let end: [UInt8] = [0, 32] + x + [0, 32] + y
        #expect(try Array(page("TPM public area").suffix(68)) == end)
    }

    /// The page's root comes out of the page's slot, which is what the key wraps it to with ephemeral number
    /// `first`, `first` + 1 and so on.
    private func expectRoot(
        of key: RootSlotKey,
        ephemeral first: UInt8,
        _ page: WorkedExample,
        _ name: String,
        _ guardian: any RootKeyGuard
    ) async throws {
        let databaseID = try #require(UUIDBytes(bytes: try page("database id")))
        let root = RootKey(generation: 1, secret: try page.secret("root"))
        let ephemeral = SecretBytes(copying: (0..<32).map { first + $0 })
        let slot = try RootKeySlot.wrapping(root, of: databaseID, to: key, ephemeral: ephemeral)
        #expect(try page(name) == slot.bytes)
        let parsed = try #require(RootKeySlot(parsing: try page(name)))
        let shared = try await guardian.agree(for: parsed)
        let opened = parsed.unwrap(with: shared, of: databaseID, generation: 1)
        let bytes = opened?.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
        #expect(try page("root") == bytes)
    }
}
