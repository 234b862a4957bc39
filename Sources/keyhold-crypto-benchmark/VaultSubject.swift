import KMSCore
import KMSCrypto
import KMSProtection

/// A software vault with one version of a key, warm after its first use.
struct VaultSubject {
    private let vault: SoftwareVault
    private let version: KeyVersion
    private let context = EncryptionContext()

    init() async throws {
        guard let account = AccountID("1000000000000001"), let region = RegionID("cn-hangzhou") else {
            throw VaultError.unavailable("The sample names are refused.")
        }
        vault = SoftwareVault(
            root: try RootKeyRing(RootKey(generation: 1, secret: RandomBytes.secret(byteCount: 32))),
            workers: InlineWorkers()
        )
        version = try await vault.makeVersion(
            VersionIdentity(
                id: KeyVersionID(UUIDBytes(high: 1, low: 1)),
                key: KeyID(UUIDBytes(high: 1, low: 2)),
                namespace: Namespace(account: account, region: region),
                spec: .aes256,
                usage: .encryptDecrypt,
                origin: .aliyunKMS,
                level: .software,
                backend: SoftwareVault.backend,
                algorithm: .xaes256GCM
            ),
            at: Timestamp(seconds: 0)
        )
    }

    func seal(_ plaintext: [UInt8]) async throws -> CiphertextBlob {
        try await vault.seal(SecretBytes(copying: plaintext), under: version, authenticating: context)
    }

    func open(_ blob: CiphertextBlob) async throws {
        _ = try await vault.open(blob, under: version, authenticating: context)
    }
}
