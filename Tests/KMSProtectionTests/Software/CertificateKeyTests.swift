import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

@Suite("Key pairs of certificates in the software vault")
struct CertificateKeyTests {
    private let root: RootKeyRing

    init() throws { root = try .repeating(1) }

    private func identity(
        _ id: UInt64 = 1,
        in namespace: Namespace = .example(),
        _ spec: KeySpec = .ecP256
    ) -> VersionIdentity {
        VersionIdentity(
            of: CertificateID(UUIDBytes(high: 5, low: id)),
            in: namespace,
            spec: spec,
            holder: SoftwareVault.backend,
            level: .software
        )
    }

    @Test("a record is bound to what the page says, and has a purpose of its own")
    func record() async throws {
        let vault = SoftwareVault(root: root, workers: InlineWorkers())
        let version = try await vault.makeVersion(identity(), at: Timestamp(seconds: 0))
        let (sealed, publicKey) = (try #require(version.sealedMaterial), try #require(version.publicKey))
        #expect(sealed[1] == 5)
        let fields: [[UInt8]] = [
            Array("1000000000000001".utf8), Array("cn-hangzhou".utf8), UUIDBytes(high: 5, low: 1).bytes,
            Array("EC_P256".utf8), Array("SOFTWARE".utf8), Array("software".utf8), SHA256.digest(publicKey),
        ]
        let numbers = try RecordSealer(.certificateKey, under: root).open(sealed, binding: fields)
        let key = try PrivateKey(.ecP256, numbers: numbers, publicKey: try PublicKey(.ecP256, der: publicKey))
        let digest = [UInt8](repeating: 3, count: 32)
        let signature = try key.sign(digest, with: .ecdsaSHA256)
        #expect(key.publicKey.verify(signature, of: digest, with: .ecdsaSHA256))
        #expect(throws: VaultError.refused) {
            _ = try RecordSealer(.keyVersion, under: root).open(sealed, binding: fields)
        }
    }

    @Test("moved to another certificate, account, region, spec or owner, it opens nowhere")
    func moved() async throws {
        let vault = SoftwareVault(root: root, workers: InlineWorkers())
        let version = try await vault.makeVersion(identity(), at: Timestamp(seconds: 0))
        let asKey = VersionIdentity(
            id: version.id,
            key: version.identity.key,
            namespace: .example(),
            spec: .ecP256,
            usage: .signVerify,
            origin: .aliyunKMS,
            level: .software,
            backend: SoftwareVault.backend,
            algorithm: nil
        )
        let others = [
            identity(2), identity(in: .example("2")), identity(in: .example("1000000000000001", "cn-beijing")),
            identity(1, in: .example(), .ecP256K), asKey,
        ]
        let digest = [UInt8](repeating: 3, count: 32)
        for identity in others {
            let moved = KeyVersion(
                identity: identity,
                createdAt: version.createdAt,
                publicKey: version.publicKey,
                sealedMaterial: version.sealedMaterial
            )
            // Also where the right one is open.
            _ = try await vault.sign(digest, with: .ecdsaSHA256, under: version)
            await #expect(throws: VaultError.self) {
                _ = try await vault.sign(digest, with: .ecdsaSHA256, under: moved)
            }
        }
    }
}
