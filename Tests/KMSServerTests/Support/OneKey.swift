import KMSCore

/// A store with one enabled key, its version and an alias; takes every change and remembers none.
struct OneKeyStore: ServiceStore {
    let kept: Key
    let keptVersion: KeyVersion
    let keptAlias: Alias

    static let keyID = "00000000-0000-0000-0000-00000000000a"
    static let versionID = UUIDBytes(high: 0, low: 0xB)

    init(in namespace: Namespace) throws {
        let id = KeyID(try requireValue(UUIDBytes(text: Self.keyID.utf8)))
        let identity = VersionIdentity(
            id: KeyVersionID(Self.versionID),
            key: id,
            namespace: namespace,
            spec: .aes256,
            usage: .encryptDecrypt,
            origin: .aliyunKMS,
            level: .software,
            backend: "open",
            algorithm: .xaes256GCM
        )
        keptVersion = KeyVersion(identity: identity, createdAt: Timestamp(seconds: 0), sealedMaterial: [])
        kept = Key(
            id: id,
            namespace: namespace,
            spec: .aes256,
            usage: .encryptDecrypt,
            origin: .aliyunKMS,
            level: .software,
            backend: "open",
            creator: "1",
            creatorType: .user,
            createdAt: Timestamp(seconds: 0),
            description: "",
            primaryVersion: keptVersion.id,
            lastRotation: Timestamp(seconds: 0)
        )
        keptAlias = Alias(name: try requireValue(AliasName("alias/a")), namespace: namespace, key: id)
    }

    func key(_ id: KeyID, in namespace: Namespace) async throws(StoreError) -> Key? {
        id == kept.id && namespace == kept.namespace ? kept : nil
    }
    func version(_ id: KeyVersionID) async throws(StoreError) -> KeyVersion? {
        id == keptVersion.id ? keptVersion : nil
    }
    func alias(_ name: AliasName, in namespace: Namespace) async throws(StoreError) -> Alias? {
        name == keptAlias.name && namespace == keptAlias.namespace ? keptAlias : nil
    }
    func keys(
        in namespace: Namespace,
        matching filter: KeyFilter,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<KeyID> {
        Listing(rows: page.offset == 0 && filter.selects(kept, at: now) ? [kept.id] : [], totalCount: 1)
    }
    func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias> { Listing(rows: [keptAlias], totalCount: 1) }
    func versions(
        of key: KeyID,
        in namespace: Namespace,
        page: Page
    ) async throws(StoreError) -> Listing<KeyVersionSummary> {
        Listing(
            rows: [KeyVersionSummary(key: key, id: keptVersion.id, createdAt: keptVersion.createdAt)],
            totalCount: 1
        )
    }
    func certificate(_ id: CertificateID, in namespace: Namespace) async throws(StoreError) -> Certificate? { nil }
    func certificate(clientToken: String, in namespace: Namespace) async throws(StoreError) -> Certificate? { nil }
    func tags(of certificate: CertificateID, in namespace: Namespace) async throws(StoreError) -> [Tag] { [] }
    func tags(of key: KeyID, in namespace: Namespace) async throws(StoreError) -> [Tag] { [] }
    func tags(
        matching query: TagQuery,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> [KeyTag] { [] }
    func keysToRetire(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] { [] }
    func keysToDestroy(at moment: Timestamp, limit: Int) async throws(StoreError) -> [Key] { [] }
    func keysToRotate(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] { [] }
    func scrub() async throws(StoreError) {}
    func reservedUses(of version: KeyVersionID) async throws(StoreError) -> Int64 { 0 }
    func count(of: Quota.Subject, in: Namespace, at: Timestamp) async throws(StoreError) -> Int { 0 }
    func apply(_ change: Change) async throws(StoreError) {}
    func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] { [] }
    func acknowledgeAudit(of requestID: UUIDBytes) {}
}

/// A vault that only goes through the motions: its ciphertext is the plaintext.
struct OpenVault: KeyVault {
    func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder? {
        spec == .aes256 ? KeyHolder(backend: "open", algorithm: .xaes256GCM) : nil
    }

    func makeVersion(_ identity: VersionIdentity, at now: Timestamp) async throws(VaultError) -> KeyVersion {
        KeyVersion(identity: identity, createdAt: now, sealedMaterial: [])
    }

    func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob {
        let header = CiphertextBlob.header(.xaes256GCM, version.id)
        let text = plaintext.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
        let frame = [UInt8](repeating: 0, count: 24 + 16)
        guard let blob = CiphertextBlob(parsing: header + frame + text) else { throw .refused }
        return blob
    }

    func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes { SecretBytes(copying: Array(blob.body.dropFirst(40))) }

    func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8] { throw .refused }
    func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] { throw .refused }
    func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox { throw .refused }

    func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes {
        SecretBytes(copying: [UInt8](repeating: 7, count: byteCount))
    }

    func forget(_ versions: [KeyVersionID]) {}
}
