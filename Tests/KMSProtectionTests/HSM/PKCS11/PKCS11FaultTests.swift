import KMSCore
import KMSCrypto
import KMSTestKit
import Synchronization
import Testing

@testable import KMSProtection

@Suite("The PKCS#11 vault, when the token fails", .enabled(if: SoftHSM.isPresent))
struct PKCS11FaultTests {
    private func error(_ body: () async throws -> Void) async -> VaultError? {
        do {
            try await body()
            return nil
        } catch { return error as? VaultError }
    }

    private func isUnavailable(_ error: VaultError?) -> Bool {
        if case .unavailable = error { true } else { false }
    }

    @Test("a token that was pulled out serves again when it is back, with every key")
    func removal() async throws {
        let token = try TokenVault()
        let aes = try await token.vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        let pair = try await token.vault.makeVersion(TokenVault.identity(.ecP256), at: Timestamp(seconds: 0))
        let blob = try await token.seal(aes)
        let digest = [UInt8](repeating: 5, count: 32)
        _ = try await token.vault.sign(digest, with: .ecdsaSHA256, under: pair)
        for round in 0..<3 {
            token.soft.set(.isRemoved)
            let first = await error { _ = try await token.opens(blob, aes) }
            let second = await error { _ = try await token.vault.sign(digest, with: .ecdsaSHA256, under: pair) }
            #expect(isUnavailable(first) && isUnavailable(second), "round \(round)")
            token.soft.set(.isRemoved, 0)
            #expect(try await token.opens(blob, aes))
            #expect(try await !token.vault.sign(digest, with: .ecdsaSHA256, under: pair).isEmpty)
        }
        // Out and in again, unnoticed.
        token.soft.set(.endSessions)
        #expect(try await token.opens(blob, aes))
    }

    @Test("a token that has not been there yet keeps its keys from going elsewhere, and makes none")
    func absentAtStart() async throws {
        let token = try TokenVault()
        let version = try await token.vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        let vault = PKCS11Vault(token.soft.token(), token.row, root: try .repeating(1), workers: InlineWorkers())
        token.soft.set(.isRemoved)
        #expect(throws: PKCS11Error.self) { try vault.examine() }
        #expect(!vault.isExamined)
        let holder = KeyHolder(backend: TokenVault.backend, algorithm: .aes256GCM)
        #expect(vault.holder(of: .aes256, for: .encryptDecrypt, level: .hsm) == holder)
        #expect(
            vault.holder(of: .sm4, for: .encryptDecrypt, level: .hsm) == nil
                && vault.takes(.rsaesOAEPSHA256, in: TokenVault.backend)
        )
        let fault = await error {
            _ = try await vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        }
        #expect(isUnavailable(fault))
        token.soft.set(.isRemoved, 0)
        // Keys that are there serve at once; new ones when the token has shown what it can do.
        let plaintext = try await vault.open(blob, under: version, authenticating: .init()).copied()
        #expect(plaintext == [1, 2, 3])
        _ = try vault.examine()
        #expect(vault.isExamined)
        _ = try await vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
    }

    @Test("many who work while sessions end are all served")
    func sessionsEndUnderLoad() async throws {
        let token = try TokenVault()
        let version = try await token.vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var served = 0
                    for _ in 0..<50 where (try? await token.opens(blob, version)) == true { served += 1 }
                    return served
                }
            }
            group.addTask {
                for _ in 0..<5 {
                    token.soft.set(.endSessions)
                    await Task.yield()
                }
                return 0
            }
            var served = 0
            for await count in group { served += count }
            // One retry each: with sessions ending again and again a few may fail, and none hangs or lies.
            #expect(served > 350)
        }
        #expect(try await token.opens(blob, version))
    }

    @Test("a fault of the token is no fault of the ciphertext")
    func vagueErrors() async throws {
        let token = try TokenVault()
        let version = try await token.vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        for code in [0x05, 0x06] as [UInt] {
            // Decrypt and then the check value fail: the token is at fault.
            token.soft.answer(code, count: 2)
            let fault = await error { _ = try await token.opens(blob, version) }
            #expect(isUnavailable(fault))
            // Decrypt alone fails, as for a wrong tag.
            token.soft.answer(code, count: 1)
            let refusal = await error { _ = try await token.opens(blob, version) }
            #expect(refusal == .refused)
        }
        for code in [0x30, 0x31, 0x200] as [UInt] {
            token.soft.answer(code, count: 3)
            let fault = await error { _ = try await token.opens(blob, version) }
            #expect(isUnavailable(fault))
            token.soft.set(.answerCount, 0)
        }
        #expect(try await token.opens(blob, version))
    }

    @Test("the token of an import that failed for its own reasons is not blamed on the material")
    func importFaults() async throws {
        let token = try TokenVault(needsRSA: true)
        let identity = try TokenVault.identity(.aes256).with(origin: .external)
        let pair = try await token.vault.makeImportPair(
            ImportPairIdentity(
                id: ImportTokenID(UUIDBytes(high: 1, low: 2)),
                key: identity.key,
                namespace: identity.namespace,
                level: .hsm,
                backend: TokenVault.backend,
                spec: .rsa2048,
                algorithm: .rsaesOAEPSHA1,
                expiresAt: Timestamp(seconds: 1_700_000_000)
            )
        )
        let wrapped = try PublicKey(.rsa2048, der: pair.publicKey)
            .encrypt([UInt8](1...32).span.bytes, with: .rsaesOAEPSHA1)
        let empty = KeyVersion(identity: identity, createdAt: Timestamp(seconds: 1), sealedMaterial: nil)
        token.soft.set(.isRemoved)
        let fault = await error { _ = try await token.vault.importMaterial(wrapped, under: pair, into: empty) }
        #expect(isUnavailable(fault))
        token.soft.set(.isRemoved, 0)
        let filled = try await token.vault.importMaterial(wrapped, under: pair, into: empty)
        // What the token holds is the very material: software opens what it encrypted.
        let blob = try await token.seal(filled)
        let opened = try AESGCM.open(
            blob.body.dropFirst(12),
            .plain,
            key: [UInt8](1...32).span.bytes,
            nonce: blob.body.prefix(12),
            authenticating: CiphertextBlob.associatedData(.aes256GCM, filled.id, .init())
        ).copied()
        #expect(opened == [1, 2, 3])
    }

    @Test("a key whose object the token dropped is unwrapped anew")
    func droppedObject() async throws {
        let token = try TokenVault()
        let version = try await token.vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        try token.vault.wrappingKey.perform { (connection, _) throws(PKCS11Error) in
            let known = token.vault.opened.withLock { $0.key(of: version) }
            try connection.withSession { (session) throws(PKCS11Error) in
                if let known { try session.destroy(known.handle) }
            }
        }
        #expect(try await token.opens(blob, version))
    }

    @Test("a token returned with another wrapping key is not used")
    func exchanged() async throws {
        let token = try TokenVault()
        let version = try await token.vault.makeVersion(TokenVault.identity(.aes256), at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        try WrappingKey.unmake(token.row, in: token.soft.token())
        token.soft.set(.endSessions)
        let fault = await error { _ = try await token.opens(blob, version) }
        guard case .unavailable(let text) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(text.contains("does not have the wrapping key"))
    }
}
