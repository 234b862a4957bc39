import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

@Suite("Key pairs in the vaults")
struct KeyPairTests {
    private let publicKeys = ParsedPublicKeys(workers: InlineWorkers())
    private static let asymmetric = KeySpec.allCases.filter { !$0.isSymmetric }

    /// The vaults of a development server: software, and software in the place of an HSM.
    private func router() throws -> VaultRouter {
        let software = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        let backend = HSMProcess.backend
        let hsm = try SoftwareVault(root: .repeating(1), workers: InlineWorkers(), level: .hsm, backend: backend)
        return VaultRouter((SoftwareVault.backend, software), [(backend, hsm)])
    }

    @Test("the software vault keeps the contract of key pairs", arguments: asymmetric)
    func software(_ spec: KeySpec) async throws {
        let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers(), cacheLimit: 1)
        let identity = try #require(
            VersionIdentity.sample(spec, level: .software, backend: SoftwareVault.backend, algorithm: nil)
        )
        try await KeyPairVaultContract(vault, publicKeys: publicKeys, identity: identity).holds()
        #expect(vault.openedCount <= 1)
    }

    @Test(
        "the vault in an HSM's place keeps it as well, behind the router",
        arguments: [KeySpec.rsa2048, .ecP256K, .ecSM2]
    )
    func development(_ spec: KeySpec) async throws {
        let identity = try #require(
            VersionIdentity.sample(spec, level: .hsm, backend: HSMProcess.backend, algorithm: nil)
        )
        try await KeyPairVaultContract(try router(), publicKeys: publicKeys, identity: identity).holds()
    }

    @Test(
        "every symmetric kind keeps the contract of key vaults behind the router",
        arguments: [
            (KeySpec.aes256, ProtectionLevel.software, CiphertextAlgorithm.xaes256GCM), (.sm4, .software, .sm4GCM),
            (.aes256, .hsm, .aes256GCM), (.sm4, .hsm, .sm4GCM),
        ]
    )
    func symmetric(_ spec: KeySpec, _ level: ProtectionLevel, _ algorithm: CiphertextAlgorithm) async throws {
        let backend = level == .hsm ? HSMProcess.backend : SoftwareVault.backend
        let identity = try #require(
            VersionIdentity.sample(spec, level: level, backend: backend, algorithm: algorithm)
        )
        try await KeyVaultContract(try router(), identity: identity).holds()
    }

    @Test("a version whose backend is not plugged in is unavailable, never served by another vault")
    func absentBackend() async throws {
        let whole = try router()
        let identity = try #require(
            VersionIdentity.sample(
                .aes256,
                level: .hsm,
                backend: HSMProcess.backend,
                algorithm: .aes256GCM
            )
        )
        let version = try await whole.makeVersion(identity, at: Timestamp(seconds: 0))
        let blob = try await whole.seal(SecretBytes(copying: [1]), under: version, authenticating: .init())
        let software = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        let alone = VaultRouter((SoftwareVault.backend, software), [])
        #expect(alone.holder(of: .aes256, for: .encryptDecrypt, level: .hsm) == nil)
        for vault in [alone, software] as [any KeyVault] {
            do {
                _ = try await vault.open(blob, under: version, authenticating: .init())
                Issue.record("another vault served an HSM key")
            } catch VaultError.unavailable {} catch { Issue.record("\(error)") }
        }
    }

    @Test("further versions of a key are its own holder's, whoever takes new keys now")
    func furtherVersions() async throws {
        func hsm(_ backend: String) throws -> (String, any KeyVault) {
            (
                backend,
                SoftwareVault(root: try .repeating(1), workers: InlineWorkers(), level: .hsm, backend: backend)
            )
        }
        let software = SoftwareVault(root: try .repeating(1), workers: InlineWorkers())
        let router = VaultRouter((SoftwareVault.backend, software), [try hsm("first"), try hsm("second")])
        #expect(router.holder(of: .aes256, for: .encryptDecrypt, level: .hsm)?.backend == "first")
        for backend in ["first", "second"] {
            #expect(router.holder(of: .aes256, for: .encryptDecrypt, level: .hsm, in: backend)?.backend == backend)
            #expect(router.holder(of: .aes256, for: .encryptDecrypt, level: .software, in: backend) == nil)
        }
        #expect(router.holder(of: .aes256, for: .encryptDecrypt, level: .hsm, in: "third") == nil)
        #expect(software.holder(of: .aes256, for: .encryptDecrypt, level: .software, in: "first") == nil)
        #expect(software.holder(of: .aes256, for: .encryptDecrypt, level: .software, in: SoftwareVault.backend) != nil)
    }

    @Test("numbers of a wrong length, or of another key, are no private key")
    func wrongNumbers() async throws {
        let root = try RootKeyRing.repeating(1)
        for spec in Self.asymmetric where spec != .rsa3072 {
            let identity = try #require(
                VersionIdentity.sample(spec, level: .software, backend: SoftwareVault.backend, algorithm: nil)
            )
            let pair = try PrivateKey.generate(spec)
            let fields = RecordFields.keyVersion(identity, publicKeyDigest: SHA256.digest(pair.publicKey.der))
            let right = try pair.numbers().copied()
            var wrong = [[], [1], Array(right.dropLast()), right + [0], [UInt8](repeating: 0, count: right.count)]
            if spec == .rsa2048 { wrong.append(try PrivateKey.generate(spec).numbers().copied()) }
            for numbers in wrong {
                let record = try RecordSealer(.keyVersion, under: root)
                    .seal(SecretBytes(copying: numbers), binding: fields)
                let version = KeyVersion(
                    identity: identity,
                    createdAt: Timestamp(seconds: 0),
                    publicKey: pair.publicKey.der,
                    sealedMaterial: record
                )
                let vault = SoftwareVault(root: root, workers: InlineWorkers())
                do {
                    _ = try await vault.publicKey(of: version)
                    Issue.record("\(numbers.count) bytes were taken for a key of \(spec)")
                } catch VaultError.unavailable {} catch { Issue.record("\(error)") }
            }
        }
    }

    @Test("pairs are made by the makers alone, so that signatures do not wait for them")
    func makers() async throws {
        let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers(), makers: BusyWorkers())
        let identity = try #require(
            VersionIdentity.sample(.ecP256, level: .software, backend: SoftwareVault.backend, algorithm: nil)
        )
        await #expect(throws: VaultError.busy) { try await vault.makeVersion(identity, at: Timestamp(seconds: 0)) }
        let other = try SoftwareVault(root: .repeating(1), workers: InlineWorkers())
        let version = try await other.makeVersion(identity, at: Timestamp(seconds: 0))
        let digest = [UInt8](repeating: 1, count: 32)
        #expect(try await !vault.sign(digest, with: .ecdsaSHA256, under: version).isEmpty)
    }

    @Test("a vault whose workers are busy says so, and does nothing")
    func busy() async throws {
        let workers = BusyWorkers()
        let vault = try SoftwareVault(root: .repeating(1), workers: workers)
        let identity = try #require(
            VersionIdentity.sample(.ecP256, level: .software, backend: SoftwareVault.backend, algorithm: nil)
        )
        await #expect(throws: VaultError.busy) { try await vault.makeVersion(identity, at: Timestamp(seconds: 0)) }
        let keys = ParsedPublicKeys(workers: workers)
        let der = try PrivateKey.generate(.ecP256).publicKey.der
        await #expect(throws: PublicKeyError.busy) {
            try await keys.verify([1], of: [1], with: .ecdsaSHA256, by: der, of: .ecP256)
        }
    }
}

@Suite("RSA pairs made ahead of time", .timeLimit(.minutes(10)))
struct ReadyKeyPairsTests {
    @Test("are made anew when they are taken, each handed out once, and wiped at the end")
    func once() async throws {
        let pairs = ReadyKeyPairs(size: 2, workers: InlineWorkers())
        #expect(pairs.take() == nil)
        let filling = Task.detached { await pairs.keepFull() }
        var taken: [[UInt8]] = []
        for _ in 0..<3 {
            while pairs.readyCount < 2 { await Task.yield() }
            await withTaskGroup(of: [UInt8]?.self) { group in
                for _ in 0..<8 { group.addTask { pairs.take()?.publicKey.der } }
                for await key in group { if let key { taken.append(key) } }
            }
        }
        while pairs.readyCount < 2 { await Task.yield() }
        #expect(taken.count >= 6)
        #expect(Set(taken).count == taken.count)
        filling.cancel()
        await filling.value
        #expect(pairs.readyCount == 0)
        #expect(pairs.take() == nil)
    }

    @Test("serve a vault as if it had made them, and it makes its own when there are none")
    func inVault() async throws {
        let pairs = ReadyKeyPairs(size: 1, workers: InlineWorkers())
        let filling = Task.detached { await pairs.keepFull() }
        while pairs.readyCount < 1 { await Task.yield() }
        let vault = try SoftwareVault(root: .repeating(1), workers: InlineWorkers(), readyPairs: pairs)
        let identity = try #require(
            VersionIdentity.sample(.rsa2048, level: .software, backend: SoftwareVault.backend, algorithm: nil)
        )
        let versions = try await withThrowingTaskGroup(of: KeyVersion.self) { group in
            for _ in 0..<4 { group.addTask { try await vault.makeVersion(identity, at: Timestamp(seconds: 0)) } }
            return try await group.reduce(into: [KeyVersion]()) { $0.append($1) }
        }
        filling.cancel()
        await filling.value
        #expect(Set(versions.compactMap(\.publicKey)).count == 4)
        for version in versions { #expect(try await vault.publicKey(of: version) == version.publicKey) }
    }

    @Test("a size of nothing makes nothing")
    func none() async {
        let pairs = ReadyKeyPairs(size: 0, workers: InlineWorkers())
        let filling = Task { await pairs.keepFull() }
        filling.cancel()
        await filling.value
        #expect(pairs.readyCount == 0)
    }
}

/// Workers that are never free.
private struct BusyWorkers: WorkerPool {
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws(WorkersBusy) -> Value {
        throw WorkersBusy()
    }
}
