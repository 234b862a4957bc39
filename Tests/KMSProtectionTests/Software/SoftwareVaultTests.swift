import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

@Suite("The software vault")
struct SoftwareVaultTests {
    private let identity: VersionIdentity

    init() throws { identity = try #require(VersionIdentity.sampleSoftwareKey) }

    @Test("keeps the contract of key vaults", arguments: [1, 2, 10_000])
    func contract(cacheLimit: Int) async throws {
        let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers(), cacheLimit: cacheLimit)
        try await KeyVaultContract(vault, identity: identity).holds()
        #expect(vault.openedCount <= cacheLimit)
    }

    @Test("another root key opens nothing")
    func anotherRoot() async throws {
        let version = try await SoftwareVault(root: .repeating(1), workers: InlineWorkers()).makeVersion(
            identity,
            at: Timestamp(seconds: 0)
        )
        for root in [try RootKeyRing.repeating(2), try .repeating(1, generation: 2)] {
            let vault = SoftwareVault(root: root, workers: InlineWorkers())
            do {
                _ = try await vault.seal(SecretBytes(copying: [1]), under: version, authenticating: .init())
                Issue.record("a version opened under another root key")
            } catch VaultError.unavailable {} catch { Issue.record("\(error)") }
        }
    }

    @Test("a restart opens what was sealed before it")
    func restart() async throws {
        let before = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        let version = try await before.makeVersion(identity, at: Timestamp(seconds: 0))
        let blob = try await before.seal(SecretBytes(copying: [1, 2, 3]), under: version, authenticating: .init())
        let after = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        let plaintext = try await after.open(blob, under: version, authenticating: .init()).copied()
        #expect(plaintext == [1, 2, 3])
    }

    @Test("material of a wrong length is not taken for a key")
    func wrongLength() async throws {
        let root = try RootKeyRing.repeating(1)
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: [])
        for count in [0, 16, 31, 33] {
            let material = SecretBytes(copying: [UInt8](repeating: 9, count: count))
            let record = try RecordSealer(.keyVersion, under: root).seal(material, binding: fields)
            let version = KeyVersion(identity: identity, createdAt: Timestamp(seconds: 0), sealedMaterial: record)
            let vault = SoftwareVault(root: root, workers: InlineWorkers())
            do {
                _ = try await vault.seal(SecretBytes(copying: [1]), under: version, authenticating: .init())
                Issue.record("material of \(count) bytes was taken")
            } catch VaultError.unavailable {} catch { Issue.record("\(error)") }
        }
    }

    @Test("forgetting closes a version, and other versions stay open")
    func forgetting() async throws {
        let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        var versions: [KeyVersion] = []
        for number in 1...5 {
            let identity = identity.with(id: KeyVersionID(UUIDBytes(high: 9, low: UInt64(number))))
            let version = try await vault.makeVersion(identity, at: Timestamp(seconds: 0))
            _ = try await vault.seal(SecretBytes(copying: []), under: version, authenticating: .init())
            versions.append(version)
        }
        #expect(vault.openedCount == 5)
        vault.forget([versions[0].id, versions[4].id])
        #expect(vault.openedCount == 3)
        vault.forget(versions.map(\.id))
        #expect(vault.openedCount == 0)
    }

    @Test("random secrets have the length asked for")
    func randomSecrets() throws {
        let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        for count in [0, 1, 32, 1_024] {
            let found = try vault.randomSecret(byteCount: count).byteCount
            #expect(found == count)
        }
    }
}

@Suite("The opened versions")
struct OpenedVersionsTests {
    private func version(_ number: Int) throws -> KeyVersion {
        let identity = try #require(VersionIdentity.sampleSoftwareKey)
            .with(id: KeyVersionID(UUIDBytes(high: 0, low: UInt64(number))))
        return KeyVersion(identity: identity, createdAt: Timestamp(seconds: 0), sealedMaterial: [1])
    }

    private func box() -> SecretBox { SecretBox(SecretBytes(copying: [1])) }

    @Test("never hold more than their limit, and let go of what is not used")
    func limit() throws {
        var opened = OpenedVersions<SecretBox>(limit: 3)
        let versions = try (0..<5).map { try version($0) }
        for version in versions[..<3] { opened.remember(box(), of: version, openedAt: 0) }
        #expect(opened.key(of: versions[0]) != nil)
        opened.remember(box(), of: versions[3], openedAt: 0)
        #expect(opened.count == 3)
        #expect(opened.key(of: versions[0]) != nil)
        #expect(opened.key(of: versions[1]) == nil)
        #expect(opened.key(of: versions[3]) != nil)
    }

    @Test("a key that is dropped is freed, and so wiped, as soon as nobody holds it")
    func drops() throws {
        var opened = OpenedVersions<SecretBox>(limit: 1)
        weak var evicted: SecretBox?
        weak var forgotten: SecretBox?
        do {
            let (first, second) = (box(), box())
            (evicted, forgotten) = (first, second)
            opened.remember(first, of: try version(1), openedAt: 0)
            opened.remember(second, of: try version(2), openedAt: 0)
        }
        #expect(evicted == nil)
        #expect(forgotten != nil)
        opened.forget([try version(2).id])
        #expect(forgotten == nil)
    }

    @Test("what was opened before a forgetting is not remembered after it")
    func lateOpening() throws {
        var opened = OpenedVersions<SecretBox>(limit: 3)
        let before = opened.forgettings
        opened.forget([try version(1).id])
        opened.remember(box(), of: try version(1), openedAt: before)
        #expect(opened.count == 0)
    }

    @Test("agree with a plain dictionary over random histories")
    func randomHistories() throws {
        var generator = SeededGenerator(seed: 7)
        for limit in [1, 2, 7] {
            var opened = OpenedVersions<SecretBox>(limit: limit)
            for _ in 0..<5_000 {
                let version = try version(Int.random(in: 0..<12, using: &generator))
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    opened.forget([version.id])
                    #expect(opened.key(of: version) == nil)
                case 1:
                    let key = box()
                    opened.remember(key, of: version, openedAt: opened.forgettings)
                    #expect(opened.key(of: version) === key)
                default: _ = opened.key(of: version)
                }
                #expect(opened.count <= limit)
            }
        }
    }
}
