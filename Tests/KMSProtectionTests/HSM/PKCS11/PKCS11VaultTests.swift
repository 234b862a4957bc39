import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

/// A vault over a token of its own.
struct TokenVault {
    static let backend = "pkcs11"
    let soft: SoftHSM
    let row: Backend
    let vault: PKCS11Vault
    let remarks: [String]

    init(
        _ soft: SoftHSM? = nil,
        vendor: VendorMechanisms = VendorMechanisms(),
        sessions: Int = 4,
        cacheLimit: Int = 100,
        needsRSA: Bool = false
    ) throws {
        self.soft = try soft ?? SoftHSM()
        // Pairs take long to make, and each vault makes some to see whether the token can.
        if !needsRSA { self.soft.set(.hideMechanism, Mechanism.rsaKeyPair) }
        let token = self.soft.token(sessions: sessions)
        row = try WrappingKey.make(in: token, as: Self.backend, at: Timestamp(seconds: 1_700_000_000))
        vault = PKCS11Vault(
            token,
            row,
            vendor: vendor,
            root: try .repeating(1),
            workers: InlineWorkers(),
            cacheLimit: cacheLimit
        )
        remarks = try vault.examine()
    }

    static var sm4: VendorMechanisms {
        var vendor = VendorMechanisms()
        vendor.sm4 = VendorMechanisms.SM4(keyType: 0x8000_0103, keyGenerator: 0x8000_0101, cipher: 0x8000_0102)
        return vendor
    }

    static func identity(_ spec: KeySpec) throws -> VersionIdentity {
        let algorithm: CiphertextAlgorithm? =
            switch spec {
            case .aes256: .aes256GCM
            case .sm4: .sm4GCM
            default: nil
            }
        return try #require(VersionIdentity.sample(spec, level: .hsm, backend: backend, algorithm: algorithm))
    }

    func seal(_ version: KeyVersion) async throws -> CiphertextBlob {
        try await vault.seal(SecretBytes(copying: [1, 2, 3]), under: version, authenticating: .init())
    }

    func opens(_ blob: CiphertextBlob, _ version: KeyVersion) async throws -> Bool {
        try await vault.open(blob, under: version, authenticating: .init()).equals(SecretBytes(copying: [1, 2, 3]))
    }
}

@Suite("The PKCS#11 vault", .enabled(if: SoftHSM.isPresent))
struct PKCS11VaultTests {
    @Test("keeps the contract of key vaults")
    func keys() async throws {
        let token = try TokenVault()
        try await KeyVaultContract(token.vault, identity: TokenVault.identity(.aes256)).holds()
        token.vault.forget([try TokenVault.identity(.aes256).id, KeyVersionID(UUIDBytes(high: 1, low: 2))])
        #expect(token.vault.openedCount == 0)
    }

    @Test("keeps the contract of key pairs", arguments: [KeySpec.rsa2048, .rsa3072, .ecP256, .ecP256K])
    func pairs(_ spec: KeySpec) async throws {
        let token = try TokenVault(cacheLimit: 1, needsRSA: spec == .rsa2048 || spec == .rsa3072)
        let contract = KeyPairVaultContract(
            token.vault,
            publicKeys: ParsedPublicKeys(workers: InlineWorkers()),
            identity: try TokenVault.identity(spec)
        )
        try await contract.holds()
    }

    @Test("keeps the contract of imports", arguments: [EncryptionAlgorithm.rsaesPKCS1, .rsaesOAEPSHA1])
    func imports(_ algorithm: EncryptionAlgorithm) async throws {
        let token = try TokenVault(vendor: TokenVault.sm4, needsRSA: true)
        for spec in [KeySpec.aes256, .sm4] {
            let contract = ImportVaultContract(
                token.vault,
                identity: try TokenVault.identity(spec).with(origin: .external),
                algorithm: algorithm
            ) { material, pair in
                try PublicKey(.rsa2048, der: pair.publicKey).encrypt(material.span.bytes, with: algorithm)
            }
            try await contract.holds()
        }
    }

    @Test("SM4 by a vendor's mechanisms keeps the contract of key vaults")
    func vendorCipher() async throws {
        let token = try TokenVault(vendor: TokenVault.sm4)
        try await KeyVaultContract(token.vault, identity: TokenVault.identity(.sm4)).holds()
        #expect(try TokenVault().vault.holder(of: .sm4, for: .encryptDecrypt, level: .hsm) == nil)
    }

    @Test("says what SoftHSM2 cannot do, and offers everything else")
    func abilities() throws {
        let token = try TokenVault(needsRSA: true)
        #expect(token.remarks.count == 1)
        #expect(token.remarks.first?.contains("RSAES_OAEP_SHA_256 cannot be imported") == true)
        for spec in KeySpec.allCases {
            #expect(
                (token.vault.holder(of: spec, for: spec.defaultUsage, level: .hsm) != nil) == ![.sm4, .ecSM2].contains(
                    spec
                )
            )
            #expect(token.vault.holder(of: spec, for: spec.defaultUsage, level: .software) == nil)
        }
        for algorithm in EncryptionAlgorithm.allCases {
            let isTaken = [.rsaesPKCS1, .rsaesOAEPSHA1].contains(algorithm)
            #expect(token.vault.takes(algorithm, in: TokenVault.backend) == isTaken)
            #expect(!token.vault.takes(algorithm, in: "another"))
        }
        // OAEP with SHA-256 is taken off outside, other paddings in the token.
        #expect(token.vault.abilities?.paddings == [.rsaesPKCS1, .rsaesOAEPSHA1])
    }

    @Test(
        "a mechanism that the module lacks is named, and its specs are not offered",
        arguments: [
            (Mechanism.aesGCM, "CKM_AES_GCM", [KeySpec.aes256]), (Mechanism.ecdsa, "CKM_ECDSA", [.ecP256, .ecP256K]),
            (Mechanism.rsaPSS, "CKM_RSA_PKCS_PSS", [.rsa2048, .rsa3072]),
        ]
    )
    func missing(_ mechanism: UInt, _ name: String, _ specs: [KeySpec]) throws {
        let soft = try SoftHSM()
        // The sample of the wrapping key was made by a module that had it.
        let token = soft.token()
        let row = try WrappingKey.make(in: token, as: TokenVault.backend, at: Timestamp(seconds: 0))
        soft.set(.hideMechanism, mechanism)
        let vault = PKCS11Vault(token, row, root: try .repeating(1), workers: InlineWorkers())
        let remarks = try vault.examine()
        for spec in [KeySpec.aes256, .rsa2048, .rsa3072, .ecP256, .ecP256K] {
            #expect((vault.holder(of: spec, for: spec.defaultUsage, level: .hsm) == nil) == specs.contains(spec))
        }
        for spec in specs {
            #expect(remarks.contains { $0.contains(spec.rawValue) && $0.contains(name) })
        }
    }

    @Test("a module without OAEP decrypts by the bare operation, and imports by PKCS#1 v1.5 alone")
    func noOAEP() async throws {
        let soft = try SoftHSM()
        soft.set(.hideMechanism, Mechanism.rsaOAEP)
        let token = try TokenVault(soft, needsRSA: true)
        #expect(token.vault.abilities?.paddings == [.rsaesPKCS1])
        let contract = KeyPairVaultContract(
            token.vault,
            publicKeys: ParsedPublicKeys(workers: InlineWorkers()),
            identity: try TokenVault.identity(.rsa2048)
        )
        try await contract.holds()
    }

    @Test("padding is taken off a bare block with and without the zeros that modules may leave out")
    func barePadding() async throws {
        let token = try TokenVault(needsRSA: true)
        let version = try await token.vault.makeVersion(TokenVault.identity(.rsa2048), at: Timestamp(seconds: 0))
        let secret = [UInt8](1...40)
        let publicKey = try PublicKey(.rsa2048, der: try #require(version.publicKey))
        let ciphertext = try publicKey.encrypt(secret.span.bytes, with: .rsaesOAEPSHA256)
        let known = try token.vault.knownKey(of: version)
        let block = try token.vault.perform { (keys) throws(PKCS11Error) in
            let key = try token.vault.key(known, of: version, keys)
            return try keys.connection.withSession { (session) throws(PKCS11Error) in
                try session.decrypt(ciphertext, Mechanism.rsaX509, under: key.handle).copied()
            }
        }
        #expect(block.first == 0)
        for given in [block, Array(block.drop { $0 == 0 })] {
            let opened = try TokenNumbers.unpad(SecretBytes(copying: given), .rsaesOAEPSHA256, of: .rsa2048).copied()
            #expect(opened == secret)
        }
    }

    @Test("SM2 is not offered where its mechanisms are set but not there, and the operator is told")
    func absentVendor() throws {
        var vendor = VendorMechanisms()
        vendor.sm2 = VendorMechanisms.SM2(keyType: 0x8000_0203, keyGenerator: 0x8000_0201, signer: 0x8000_0202)
        let token = try TokenVault(vendor: vendor)
        #expect(token.vault.holder(of: .ecSM2, for: .signVerify, level: .hsm) == nil)
        #expect(token.remarks.contains { $0.contains("EC_SM2") && $0.contains("the mechanism set for SM2") })
    }

    @Test("SM2 keys that decrypt are left to whoever holds them")
    func vendorUsage() throws {
        let soft = try SoftHSM()
        let token = soft.token()
        let row = try WrappingKey.make(in: token, as: TokenVault.backend, at: Timestamp(seconds: 0))
        var vendor = VendorMechanisms()
        vendor.sm2 = VendorMechanisms.SM2(keyType: 0x8000_0203, keyGenerator: 0x8000_0201, signer: 0x8000_0202)
        let vault = PKCS11Vault(token, row, vendor: vendor, root: try .repeating(1), workers: InlineWorkers())
        #expect(vault.holder(of: .ecSM2, for: .signVerify, level: .hsm)?.backend == TokenVault.backend)
        #expect(vault.holder(of: .ecSM2, for: .encryptDecrypt, level: .hsm) == nil)
    }

    @Test("keys that are not used any more leave the token, and never while they are in use")
    func eviction() async throws {
        let token = try TokenVault(cacheLimit: 2)
        var versions: [(KeyVersion, CiphertextBlob)] = []
        for number in 1...6 {
            let id = KeyVersionID(UUIDBytes(high: 9, low: UInt64(number)))
            let identity = try TokenVault.identity(.aes256).with(id: id)
            let version = try await token.vault.makeVersion(identity, at: Timestamp(seconds: 0))
            versions.append((version, try await token.seal(version)))
        }
        #expect(token.vault.openedCount == 2)
        await withTaskGroup(of: Bool.self) { group in
            for round in 0..<120 {
                let (version, blob) = versions[round % versions.count]
                group.addTask { (try? await token.opens(blob, version)) ?? false }
            }
            for await isOpened in group { #expect(isOpened) }
        }
        _ = try await token.opens(versions[0].1, versions[0].0)
        // The two that are kept, one that waits to be destroyed, and the wrapping key.
        #expect(token.soft[.objects] <= 4)
        token.vault.forget(versions.map(\.0.id))
        _ = try await token.opens(versions[0].1, versions[0].0)
        #expect(token.soft[.objects] <= 3)
    }

    @Test("the database alone, or the token alone, opens nothing")
    func wrongWrappingKey() async throws {
        let token = try TokenVault()
        let identity = try TokenVault.identity(.aes256)
        let version = try await token.vault.makeVersion(identity, at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        // Another root key.
        let other = PKCS11Vault(token.soft.token(), token.row, root: try .repeating(2), workers: InlineWorkers())
        await expectUnavailable(other, version, blob, "does not open")
        // Another token.
        let foreign = try SoftHSM()
        let away = PKCS11Vault(foreign.token(), token.row, root: try .repeating(1), workers: InlineWorkers())
        await expectUnavailable(away, version, blob, "does not have the wrapping key")
        // A wrapping key that was put in the place of the right one: another sample than it wraps.
        let second = try WrappingKey.make(in: token.soft.token(), as: "second", at: Timestamp(seconds: 0))
        for forged in [
            forged(token.row, id: second.wrappingKeyID), forged(token.row, sample: second.sample),
            forged(token.row, check: second.checkValue), forged(token.row, sample: [1]),
        ] {
            let vault = PKCS11Vault(token.soft.token(), forged, root: try .repeating(1), workers: InlineWorkers())
            await expectUnavailable(vault, version, blob, "is not the one of pkcs11")
        }
    }

    private func forged(
        _ row: Backend,
        id: [UInt8]? = nil,
        sample: [UInt8]? = nil,
        check: [UInt8]? = nil
    ) -> Backend {
        Backend(
            name: row.name,
            wrappingKeyID: id ?? row.wrappingKeyID,
            generation: row.generation,
            sample: sample ?? row.sample,
            checkValue: check ?? row.checkValue,
            createdAt: row.createdAt
        )
    }

    private func expectUnavailable(
        _ vault: PKCS11Vault,
        _ version: KeyVersion,
        _ blob: CiphertextBlob,
        _ words: String,
        at location: SourceLocation = #_sourceLocation
    ) async {
        do {
            _ = try await vault.open(blob, under: version, authenticating: .init())
            Issue.record("a key opened that should not", sourceLocation: location)
        } catch VaultError.unavailable(let text) {
            #expect(text.contains(words), sourceLocation: location)
        } catch { Issue.record("\(error)", sourceLocation: location) }
    }

    @Test("a wrapped key of another form, or a changed one, is none, and nothing crashes")
    func corruptedBlobs() async throws {
        let token = try TokenVault()
        let identity = try TokenVault.identity(.aes256)
        let version = try await token.vault.makeVersion(identity, at: Timestamp(seconds: 0))
        let blob = try await token.seal(version)
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: [])
        let sealer = RecordSealer(.keyVersion, under: try .repeating(1))
        let right = try sealer.open(try #require(version.sealedMaterial), binding: fields).copied()
        var wrong: [[UInt8]] = [[], [1], Array(right.prefix(9)), right + [0], Array(right.dropLast())]
        for position in right.indices {
            var changed = right
            changed[position] ^= 0x40
            wrong.append(changed)
        }
        for bytes in wrong {
            let sealed = try sealer.seal(SecretBytes(copying: bytes), binding: fields)
            let changed = KeyVersion(identity: identity, createdAt: version.createdAt, sealedMaterial: sealed)
            do {
                _ = try await token.vault.open(blob, under: changed, authenticating: .init())
                Issue.record("\(bytes.count) bytes were taken for a wrapped key")
            } catch VaultError.unavailable {} catch { Issue.record("\(error)") }
        }
        #expect(try await token.opens(blob, version))
    }
}
