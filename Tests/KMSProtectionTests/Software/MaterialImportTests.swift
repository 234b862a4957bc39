import KMSCore
import KMSCrypto
import KMSTestKit
import Testing

@testable import KMSProtection

@Suite("Material from outside")
struct MaterialImportTests {
    private let root: RootKeyRing
    private let imports: MaterialImport
    private let identity: VersionIdentity
    private static let material = [UInt8](1...32)

    init() throws {
        root = try .repeating(1)
        imports = MaterialImport(root: root)
        identity = try #require(VersionIdentity.sampleSoftwareKey).with(origin: .external)
    }

    @Test(
        "software vaults of either level, behind a router, keep the contract",
        arguments: EncryptionAlgorithm.allCases
    )
    func contract(_ algorithm: EncryptionAlgorithm) async throws {
        let workers = InlineWorkers()
        let hsm = HSMProcess.backend
        let router = VaultRouter(
            (SoftwareVault.backend, SoftwareVault(root: root, workers: workers)),
            [(hsm, SoftwareVault(root: root, workers: workers, level: .hsm, backend: hsm))]
        )
        for identity in [
            identity, identity.with(level: .hsm, backend: hsm, algorithm: .aes256GCM),
            identity.with(spec: .sm4, level: .hsm, backend: hsm, algorithm: .sm4GCM),
        ] {
            let contract = ImportVaultContract(router, identity: identity, algorithm: algorithm) { material, pair in
                try PublicKey(pair.identity.spec.keySpec, der: pair.publicKey)
                    .encrypt(material.span.bytes, with: pair.identity.algorithm)
            }
            try await contract.holds()
        }
    }

    private func pairIdentity(_ algorithm: EncryptionAlgorithm = .rsaesOAEPSHA256) -> ImportPairIdentity {
        ImportPairIdentity(
            id: ImportTokenID(UUIDBytes(high: 1, low: 2)),
            key: identity.key,
            namespace: identity.namespace,
            level: identity.level,
            backend: identity.backend,
            spec: algorithm == .sm2PKE ? .ecSM2 : .rsa2048,
            algorithm: algorithm,
            expiresAt: Timestamp(seconds: 1_700_000_000)
        )
    }

    private func pair(_ algorithm: EncryptionAlgorithm = .rsaesOAEPSHA256) throws -> ImportPair {
        let identity = pairIdentity(algorithm)
        return try imports.seal(try PrivateKey.generate(identity.spec.keySpec), as: identity)
    }

    private func wrap(_ material: [UInt8], to pair: ImportPair) throws -> [UInt8] {
        try PublicKey(pair.identity.spec.keySpec, der: pair.publicKey)
            .encrypt(material.span.bytes, with: pair.identity.algorithm)
    }

    private func empty(_ identity: VersionIdentity? = nil, check: [UInt8]? = nil) -> KeyVersion {
        KeyVersion(
            identity: identity ?? self.identity,
            createdAt: Timestamp(seconds: 1),
            sealedMaterial: nil,
            sealedCheck: check
        )
    }

    private func error(_ version: KeyVersion, _ wrapped: [UInt8], _ pair: ImportPair) -> VaultError? {
        do {
            _ = try imports.fill(version, with: wrapped, under: pair)
            return nil
        } catch { return error }
    }

    @Test("what comes in is sealed as any material is, with a check that knows it and no other again")
    func filling() throws {
        let pair = try pair()
        let filled = try imports.fill(empty(), with: wrap(Self.material, to: pair), under: pair)
        let fields = RecordFields.keyVersion(identity, publicKeyDigest: [])
        let sealed = try #require(filled.sealedMaterial)
        let opened = try RecordSealer(.keyVersion, under: root).open(sealed, binding: fields).copied()
        #expect(opened == Self.material)
        let check = try #require(filled.sealedCheck)
        let value = try RecordSealer(.materialCheck, under: root).open(check, binding: fields).copied()
        let label = Array("keyhold imported material v1".utf8) + identity.id.uuid.bytes
        let expected = try KeyCheckValue.make(of: Self.material.span.bytes, .aes256, authenticating: label)
        #expect(value == expected)
        // Gone and back: the check stays as it is.
        let stripped = empty(check: check)
        let back = try imports.fill(stripped, with: wrap(Self.material, to: pair), under: pair)
        #expect(back.sealedCheck == check && back.sealedMaterial != nil)
        // While it is there it is not sealed anew.
        let same = try imports.fill(filled, with: wrap(Self.material, to: pair), under: pair)
        #expect(same == filled)
        for bit in 0..<256 {
            var other = Self.material
            other[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(error(stripped, try wrap(other, to: pair), pair) == .refused, "bit \(bit)")
        }
    }

    @Test("a check of another version, or a changed one, lets nothing in")
    func foreignChecks() throws {
        let pair = try pair()
        let wrapped = try wrap(Self.material, to: pair)
        let check = try #require(imports.fill(empty(), with: wrapped, under: pair).sealedCheck)
        func expectUnavailable(_ version: KeyVersion) {
            if case .unavailable = error(version, wrapped, pair) { return }
            Issue.record("\(version.identity)")
        }
        for other in identity.variations where other.spec == .aes256 && other.algorithm != .sm4GCM {
            expectUnavailable(empty(other, check: check))
        }
        for position in check.indices {
            var changed = check
            changed[position] ^= 1
            expectUnavailable(empty(check: changed))
        }
        // Sealed material does not pass for a check.
        let material = try imports.fill(empty(), with: wrapped, under: pair).sealedMaterial
        expectUnavailable(empty(check: material))
    }

    @Test("the private half serves only the token, key and algorithm it was made for")
    func boundPairs() throws {
        let pair = try pair()
        let wrapped = try wrap(Self.material, to: pair)
        let own = pair.identity
        func identity(
            id: ImportTokenID? = nil,
            key: KeyID? = nil,
            namespace: Namespace? = nil,
            level: ProtectionLevel? = nil,
            backend: String? = nil,
            algorithm: EncryptionAlgorithm? = nil
        ) -> ImportPairIdentity {
            ImportPairIdentity(
                id: id ?? own.id,
                key: key ?? own.key,
                namespace: namespace ?? own.namespace,
                level: level ?? own.level,
                backend: backend ?? own.backend,
                spec: own.spec,
                algorithm: algorithm ?? own.algorithm,
                expiresAt: own.expiresAt
            )
        }
        let others = [
            identity(id: ImportTokenID(.zero)), identity(key: KeyID(.zero)), identity(namespace: .example("7")),
            identity(level: .hsm), identity(backend: "x"), identity(algorithm: .rsaesPKCS1),
        ]
        let foreign = try self.pair()
        let moved = others.map { ($0, pair.publicKey, pair.sealedPrivateKey) }
        for (identity, publicKey, sealed) in moved + [
            (own, foreign.publicKey, pair.sealedPrivateKey), (own, pair.publicKey, foreign.sealedPrivateKey),
            (own, pair.publicKey, []), (own, [], pair.sealedPrivateKey),
        ] {
            let changed = ImportPair(identity: identity, publicKey: publicKey, sealedPrivateKey: sealed)
            if case .unavailable = error(empty(), wrapped, changed) { continue }
            Issue.record("\(identity)")
        }
        #expect(error(empty(), wrapped, pair) == nil)
    }

    @Test(
        "thousands of pieces of garbage never come in, and every one has the same face",
        arguments: EncryptionAlgorithm.allCases
    )
    func garbage(_ algorithm: EncryptionAlgorithm) throws {
        let pair = try pair(algorithm)
        let right = try wrap(Self.material, to: pair)
        let known = try imports.fill(empty(), with: right, under: pair)
        var generator = SeededGenerator(seed: 7)
        for round in 0..<1_500 {
            var wrapped = right
            if round % 2 == 0 {
                wrapped = wrapped.map { _ in UInt8.random(in: 0...255, using: &generator) }
                // Below the modulus, so that the operation itself is reached.
                wrapped[0] = algorithm == .sm2PKE ? 4 : 0
            } else {
                let bit = Int.random(in: 0..<wrapped.count * 8, using: &generator)
                wrapped[bit / 8] ^= 1 << UInt8(bit % 8)
            }
            let version = round % 4 < 2 ? empty() : known
            if error(version, wrapped, pair) != .refused { Issue.record("round \(round)") }
        }
        #expect(error(empty(), right, pair) == nil)
    }

    @Test("only material as long as the spec's comes in", arguments: [KeySpec.aes256, .sm4])
    func lengths(_ spec: KeySpec) throws {
        let pair = try pair()
        let identity = identity.with(spec: spec, algorithm: spec == .sm4 ? .sm4GCM : .xaes256GCM)
        let byteCount = spec == .sm4 ? 16 : 32
        for count in 0...64 {
            let wrapped = try wrap([UInt8](repeating: 9, count: count), to: pair)
            #expect(error(empty(identity), wrapped, pair) == (count == byteCount ? nil : .refused), "\(count)")
        }
    }
}
