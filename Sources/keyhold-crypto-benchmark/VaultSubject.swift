import KMSCore
import KMSCrypto
import KMSProtection

/// A software vault with one version of a key, warm after its first use.
struct VaultSubject {
    private let vault: SoftwareVault
    private let version: KeyVersion
    private let context = EncryptionContext()

    init() async throws {
        vault = SoftwareVault(
            root: try RootKeyRing(RootKey(generation: 1, secret: RandomBytes.secret(byteCount: 32))),
            workers: InlineWorkers()
        )
        version = try await Self.makeVersion(.aes256, vault)
    }

    func seal(_ plaintext: [UInt8]) async throws -> CiphertextBlob {
        try await vault.seal(SecretBytes(copying: plaintext), under: version, authenticating: context)
    }

    func open(_ blob: CiphertextBlob) async throws {
        _ = try await vault.open(blob, under: version, authenticating: context)
    }

    /// A version that `vault` holds, at whichever level it has.
    static func makeVersion(_ spec: KeySpec, _ vault: some KeyVault) async throws -> KeyVersion {
        let level: ProtectionLevel = vault is SoftwareVault ? .software : .hsm
        guard let account = AccountID("1000000000000001"), let region = RegionID("cn-hangzhou"),
            let holder = vault.holder(of: spec, for: spec.defaultUsage, level: level)
        else { throw VaultError.unavailable("The sample names are refused, or nobody holds \(spec).") }
        let identity = VersionIdentity(
            id: KeyVersionID(UUIDBytes(high: 2, low: 1)),
            key: KeyID(UUIDBytes(high: 2, low: 2)),
            namespace: Namespace(account: account, region: region),
            spec: spec,
            usage: spec.defaultUsage,
            origin: .aliyunKMS,
            level: level,
            backend: holder.backend,
            algorithm: holder.algorithm
        )
        return try await vault.makeVersion(identity, at: Timestamp(seconds: 0))
    }
}
