import KMSCore
import KMSCrypto
import KMSProtection
import KMSTestKit
import Testing

/// The contracts of every protection level, over the socket of a process of its own.
@Suite("HSM keys in the key process")
struct KeyProcessContractTests {
    private func identity(_ spec: KeySpec, _ algorithm: CiphertextAlgorithm?) throws -> VersionIdentity {
        try #require(VersionIdentity.sample(spec, level: .hsm, backend: HSMProcess.backend, algorithm: algorithm))
    }

    private func opened(
        _ blob: CiphertextBlob,
        _ version: KeyVersion,
        _ vault: HSMProcessVault
    ) async throws -> [UInt8] {
        let plaintext = try await vault.open(blob, under: version, authenticating: .init())
        return plaintext.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    @Test(
        "symmetric keys keep the contract",
        arguments: [(KeySpec.aes256, CiphertextAlgorithm.aes256GCM), (.sm4, .sm4GCM)]
    )
    func symmetric(_ spec: KeySpec, _ algorithm: CiphertextAlgorithm) async throws {
        let process = try KeyProcess()
        let vault = process.vault(KeptTables())
        try await KeyVaultContract(vault, identity: identity(spec, algorithm)).holds()
    }

    @Test("key pairs of every spec keep the contract", arguments: KeySpec.allCases.filter { !$0.isSymmetric })
    func pairs(_ spec: KeySpec) async throws {
        let process = try KeyProcess()
        let publicKeys = ParsedPublicKeys(workers: InlineWorkers())
        let contract = KeyPairVaultContract(
            process.vault(KeptTables()),
            publicKeys: publicKeys,
            identity: try identity(spec, nil)
        )
        try await contract.holds()
    }

    @Test("material from outside keeps the contract, however it is wrapped", arguments: EncryptionAlgorithm.allCases)
    func imports(_ algorithm: EncryptionAlgorithm) async throws {
        let process = try KeyProcess()
        let vault = process.vault(KeptTables())
        for (spec, cipher) in [(KeySpec.aes256, CiphertextAlgorithm.aes256GCM), (.sm4, .sm4GCM)] {
            let identity = try identity(spec, cipher).with(origin: .external)
            let contract = ImportVaultContract(vault, identity: identity, algorithm: algorithm) { material, pair in
                try PublicKey(pair.identity.spec.keySpec, der: pair.publicKey)
                    .encrypt(material.span.bytes, with: pair.identity.algorithm)
            }
            try await contract.holds()
        }
    }

    @Test("a process that was killed and is back works with all keys, and nobody has to tell the server")
    func restart() async throws {
        let process = try KeyProcess()
        let vault = process.vault(KeptTables())
        let version = try await vault.makeVersion(identity(.aes256, .aes256GCM), at: Timestamp(seconds: 1))
        let pair = try await vault.makeVersion(identity(.ecSM2, nil), at: Timestamp(seconds: 1))
        let blob = try await vault.seal(SecretBytes(copying: [42]), under: version, authenticating: .init())
        for _ in 0..<3 {
            process.kill()
            let refusal = await reason { () throws(VaultError) in _ = try await vault.publicKey(of: pair) }
            #expect(refusal.contains("does not answer"))
            try process.start()
            #expect(try await opened(blob, version, vault) == [42])
            #expect(try await vault.publicKey(of: pair) == pair.publicKey)
        }
    }

    @Test("many callers at once lose nothing when the process is killed under them")
    func killedUnderLoad() async throws {
        let process = try KeyProcess()
        let tables = KeptTables()
        let first = process.vault(tables)
        let version = try await first.makeVersion(identity(.aes256, .aes256GCM), at: Timestamp(seconds: 1))
        let acknowledged = await withTaskGroup(of: [CiphertextBlob].self) { group in
            for number in 0..<4 {
                group.addTask {
                    let vault = process.vault(tables)
                    var blobs: [CiphertextBlob] = []
                    for round in 0..<200 {
                        let secret = SecretBytes(copying: [UInt8(number), UInt8(round)])
                        if let blob = try? await vault.seal(secret, under: version, authenticating: .init()) {
                            blobs.append(blob)
                        }
                        await Task.yield()
                    }
                    return blobs
                }
            }
            for _ in 0..<3 {
                process.kill()
                do { try process.start() } catch { Issue.record(error) }
            }
            var all: [CiphertextBlob] = []
            for await blobs in group { all += blobs }
            return all
        }
        for blob in acknowledged { #expect(try await opened(blob, version, first).count == 2) }
        _ = try await first.makeVersion(identity(.ecP256, nil), at: Timestamp(seconds: 1))
    }

    @Test("a process that serves nobody is unavailable, in plain words")
    func absent() async throws {
        let vault = HSMProcessVault(path: "/tmp/keyhold-nothing.sock", store: KeptTables(), workers: InlineWorkers())
        let identity = try identity(.aes256, .aes256GCM)
        let refusal = await reason { () throws(VaultError) in
            _ = try await vault.makeVersion(identity, at: Timestamp(seconds: 1))
        }
        #expect(refusal.contains("/tmp/keyhold-nothing.sock"))
        #expect(vault.holder(of: .aes256, for: .encryptDecrypt, level: .software) == nil)
    }
}
