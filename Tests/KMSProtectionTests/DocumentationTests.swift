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
            to: page("public key"),
            kind: .file,
            id: slotID,
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
}
