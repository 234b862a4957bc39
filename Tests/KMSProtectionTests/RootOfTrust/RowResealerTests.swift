import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

@Suite("Sealing rows anew")
struct RowResealerTests {
    private let old: RootKeyRing
    private let both: RootKeyRing
    private let new: RootKeyRing

    init() throws {
        old = try .repeating(1)
        both = try RootKeyRing(.repeating(2, generation: 2), previous: .repeating(1))
        new = try .repeating(2, generation: 2)
    }

    private func resealed(_ version: KeyVersion) throws -> KeyVersion {
        KeyVersion(
            identity: version.identity,
            createdAt: version.createdAt,
            publicKey: version.publicKey,
            sealedMaterial: try RowResealer(both).reseal(.material(version)).record
        )
    }

    @Test("a key that a token has wrapped opens under the new root in the same token, and the old record does not")
    func token() async throws {
        let token = try TokenVault()
        let version = try await token.vault.makeVersion(try TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        let vault = PKCS11Vault(
            token.soft.token(sessions: 4),
            token.row,
            vendor: VendorMechanisms(),
            root: new,
            workers: InlineWorkers(),
            cacheLimit: 100
        )
        let opened = try await vault.open(blob, under: try resealed(version), authenticating: .init()).copied()
        #expect(opened == [1, 2, 3])
        let fresh = PKCS11Vault(
            token.soft.token(sessions: 4),
            token.row,
            vendor: VendorMechanisms(),
            root: new,
            workers: InlineWorkers(),
            cacheLimit: 100
        )
        await #expect(throws: VaultError.self) {
            _ = try await fresh.open(blob, under: version, authenticating: .init())
        }
    }

    @Test("nothing is sealed anew for a row that it was not sealed for")
    func binding() async throws {
        let vault = SoftwareVault(root: old, workers: InlineWorkers())
        let backend = SoftwareVault.backend
        let identity = try #require(
            VersionIdentity.sample(.ecP256, level: .software, backend: backend, algorithm: nil)
        )
        let version = try await vault.makeVersion(identity, at: Timestamp(seconds: 0))
        let other = try await vault.makeVersion(identity, at: Timestamp(seconds: 0))
        #expect(try resealed(version).sealedMaterial != version.sealedMaterial)
        let swapped = KeyVersion(
            identity: identity,
            createdAt: version.createdAt,
            publicKey: other.publicKey,
            sealedMaterial: version.sealedMaterial
        )
        for row in [SealedRow.material(swapped), .certificateKey(version), .materialCheck(version)] {
            #expect(throws: VaultError.self) { try RowResealer(both).reseal(row) }
        }
        do throws(VaultError) {
            _ = try RowResealer(new).reseal(.material(version))
            Issue.record("it opened without its root")
        } catch {
            // Not taken for damaged.
            #expect(error != .refused)
        }
    }
}
