package import KMSCore
internal import Testing

/// What every protection level owes its callers for symmetric keys, whoever holds the material.
package struct KeyVaultContract: Sendable {
    private let vault: any KeyVault
    private let identity: VersionIdentity

    /// - Parameter identity: of a symmetric key that the vault can hold; only its ids are varied.
    package init(_ vault: any KeyVault, identity: VersionIdentity) {
        self.vault = vault
        self.identity = identity
    }

    package func holds() async throws {
        try await opensWhatItSealed()
        try await neverSealsTwiceAlike()
        try await refusesAnotherContext()
        try await refusesAnotherVersion()
        try await refusesEveryFlippedBit()
        try await refusesEveryTruncation()
        try await refusesAnotherAlgorithm()
        try await refusesMovedMaterial()
        try await opensAgainAfterForgetting()
        try await refusesSpecsItDoesNotHold()
        try await servesManyTasksAtOnce()
    }

    private func opensWhatItSealed() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        #expect(version.identity == identity)
        for count in [0, 1, 15, 16, 17, 32, 4_096, 6_144] {
            let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let blob = try await seal(plaintext, version, .sample)
            #expect(blob.version == version.id)
            #expect(
                vault.holder(of: identity.spec, for: identity.usage, level: identity.level)?.algorithm == blob.algorithm
            )
            #expect(CiphertextBlob(parsing: blob.bytes) == blob)
            #expect(await opened(blob, version, .sample) == plaintext)
        }
        let absent = try await seal([1, 2, 3], version, .init())
        #expect(await opened(absent, version, EncryptionContext([]) ?? .sample) == [1, 2, 3])
    }

    private func neverSealsTwiceAlike() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        var seen: Set<[UInt8]> = []
        for _ in 0..<100 { seen.insert(try await seal([42], version, .sample).bytes) }
        #expect(seen.count == 100)
        let twin = try await vault.makeVersion(identity, at: .sample)
        #expect(twin.sealedMaterial != version.sealedMaterial)
    }

    private func refusesAnotherContext() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        let blob = try await seal([42], version, .sample)
        let others: [[(String, String)]] = [
            [], [("a", "")], [("", "a")], [("a", "b"), ("c", "e")], [("ab", ""), ("c", "d")], [("a", "bc"), ("", "d")],
            [("a", "b")], [("a", "b"), ("c", "d"), ("e", "")],
        ]
        for pairs in others {
            let context = try #require(EncryptionContext(pairs.map { (key: Array($0.utf8), value: Array($1.utf8)) }))
            await expectRefusal(blob, version, context)
        }
    }

    private func refusesAnotherVersion() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        let blob = try await seal([42], version, .sample)
        let other = try await vault.makeVersion(identity.with(id: .other), at: .sample)
        await expectRefusal(blob, other, .sample)
        // Another key with the same id: a store that was tampered with.
        let twin = try await vault.makeVersion(identity, at: .sample)
        await expectRefusal(blob, twin, .sample)
        #expect(await opened(blob, version, .sample) == [42])
    }

    private func refusesEveryFlippedBit() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        let blob = try await seal(Array("sixteen bytes ok".utf8), version, .sample)
        for position in blob.bytes.indices {
            for bit in 0..<8 {
                var bytes = blob.bytes
                bytes[position] ^= 1 << bit
                guard let changed = CiphertextBlob(parsing: bytes) else { continue }
                await expectRefusal(changed, version, .sample)
            }
        }
    }

    private func refusesEveryTruncation() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        let blob = try await seal(Array("some bytes".utf8), version, .sample)
        for count in blob.bytes.indices {
            guard let cut = CiphertextBlob(parsing: Array(blob.bytes.prefix(count))) else { continue }
            await expectRefusal(cut, version, .sample)
        }
        let longer = try #require(CiphertextBlob(parsing: blob.bytes + [0]))
        await expectRefusal(longer, version, .sample)
    }

    private func refusesAnotherAlgorithm() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        let blob = try await seal([UInt8](repeating: 0, count: 64), version, .sample)
        for algorithm in CiphertextAlgorithm.allCases where algorithm != blob.algorithm {
            var bytes = blob.bytes
            bytes[1] = algorithm.rawValue
            await expectRefusal(try #require(CiphertextBlob(parsing: bytes)), version, .sample)
        }
    }

    /// Sealed material serves only the version that it was made for, whether that one is warm or not.
    private func refusesMovedMaterial() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        let blob = try await seal([42], version, .sample)
        for moved in identity.variations {
            let version = KeyVersion(
                identity: moved,
                createdAt: version.createdAt,
                sealedMaterial: version.sealedMaterial
            )
            await expectUnusable(version, blob)
        }
        let sealed = try #require(version.sealedMaterial)
        for position in sealed.indices {
            var material = sealed
            material[position] ^= 0x80
            let version = KeyVersion(identity: identity, createdAt: version.createdAt, sealedMaterial: material)
            await expectUnusable(version, blob)
        }
        for count in sealed.indices {
            let material = Array(sealed.prefix(count))
            let version = KeyVersion(identity: identity, createdAt: version.createdAt, sealedMaterial: material)
            await expectUnusable(version, blob)
        }
        #expect(await opened(blob, version, .sample) == [42])
    }

    private func opensAgainAfterForgetting() async throws {
        let version = try await vault.makeVersion(identity, at: .sample)
        let blob = try await seal([42], version, .sample)
        vault.forget([version.id, .other])
        vault.forget([version.id])
        #expect(await opened(blob, version, .sample) == [42])
    }

    private func refusesSpecsItDoesNotHold() async throws {
        for spec in KeySpec.allCases where vault.holder(of: spec, for: spec.defaultUsage, level: identity.level) == nil
        {
            do {
                _ = try await vault.makeVersion(identity.with(spec: spec), at: .sample)
                Issue.record("a version of spec \(spec) was made")
            } catch VaultError.unavailable {} catch { Issue.record("\(error)") }
        }
    }

    private func servesManyTasksAtOnce() async throws {
        let versions = [
            try await vault.makeVersion(identity, at: .sample),
            try await vault.makeVersion(identity.with(id: .other), at: .sample),
        ]
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                let version = versions[number % 2]
                group.addTask {
                    for round in 0..<20 {
                        let plaintext = [UInt8(number), UInt8(round)]
                        guard let blob = try? await seal(plaintext, version, .sample),
                            await opened(blob, version, .sample) == plaintext
                        else { return false }
                        if round == number % 20 { vault.forget([version.id]) }
                    }
                    return true
                }
            }
            for await isServed in group { #expect(isServed) }
        }
    }
}

extension KeyVaultContract {
    private func seal(
        _ plaintext: [UInt8],
        _ version: KeyVersion,
        _ context: EncryptionContext
    ) async throws -> CiphertextBlob {
        try await vault.seal(SecretBytes(copying: plaintext), under: version, authenticating: context)
    }

    /// The plaintext, or nil where the vault does not open the ciphertext.
    private func opened(
        _ blob: CiphertextBlob,
        _ version: KeyVersion,
        _ context: EncryptionContext
    ) async -> [UInt8]? {
        guard let plaintext = try? await vault.open(blob, under: version, authenticating: context) else { return nil }
        return plaintext.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    private func expectRefusal(
        _ blob: CiphertextBlob,
        _ version: KeyVersion,
        _ context: EncryptionContext,
        at location: SourceLocation = #_sourceLocation
    ) async {
        do {
            _ = try await vault.open(blob, under: version, authenticating: context)
            Issue.record("a ciphertext opened that should not", sourceLocation: location)
        } catch { #expect(error == .refused, sourceLocation: location) }
    }

    /// Neither encrypts nor decrypts.
    private func expectUnusable(_ version: KeyVersion, _ blob: CiphertextBlob) async {
        #expect(await opened(blob, version, .sample) == nil)
        do {
            _ = try await seal([42], version, .sample)
            Issue.record("a version whose material is not its own encrypted")
        } catch VaultError.unavailable {} catch { Issue.record("\(error)") }
    }
}

extension VersionIdentity {
    /// A version of a software AES key in the default region.
    package static var sampleSoftwareKey: VersionIdentity? {
        guard let account = AccountID("1000000000000001"), let region = RegionID("cn-hangzhou") else { return nil }
        return VersionIdentity(
            id: KeyVersionID(UUIDBytes(high: 0x0011_2233_4455_4677, low: 0x8899_aabb_ccdd_eeff)),
            key: KeyID(UUIDBytes(high: 0xfedc_ba98_7654_4210, low: 0x8123_4567_89ab_cdef)),
            namespace: Namespace(account: account, region: region),
            spec: .aes256,
            usage: .encryptDecrypt,
            origin: .aliyunKMS,
            level: .software,
            backend: "software",
            algorithm: .xaes256GCM
        )
    }

    package func with(
        id: KeyVersionID? = nil,
        key: KeyID? = nil,
        namespace: Namespace? = nil,
        spec: KeySpec? = nil,
        usage: KeyUsage? = nil,
        origin: KeyOrigin? = nil,
        level: ProtectionLevel? = nil,
        backend: String? = nil,
        algorithm: CiphertextAlgorithm? = nil
    ) -> VersionIdentity {
        VersionIdentity(
            id: id ?? self.id,
            key: key ?? self.key,
            namespace: namespace ?? self.namespace,
            spec: spec ?? self.spec,
            usage: usage ?? self.usage,
            origin: origin ?? self.origin,
            level: level ?? self.level,
            backend: backend ?? self.backend,
            algorithm: algorithm ?? self.algorithm
        )
    }

    /// The same identity with one field changed at a time.
    package var variations: [VersionIdentity] {
        let accounts = ["1", "10000000000000010"].compactMap { AccountID($0) }
            .map { with(namespace: Namespace(account: $0, region: namespace.region)) }
        let regions = ["c", "cn-beijing"].compactMap { RegionID($0) }
            .map { with(namespace: Namespace(account: namespace.account, region: $0)) }
        return accounts + regions + [with(id: .other), with(key: KeyID(KeyVersionID.other.uuid))]
            + KeySpec.allCases.filter { $0 != spec }.map { with(spec: $0) }
            + KeyUsage.allCases.filter { $0 != usage }.map { with(usage: $0) }
            + KeyOrigin.allCases.filter { $0 != origin }.map { with(origin: $0) }
            + ProtectionLevel.allCases.filter { $0 != level }.map { with(level: $0) } + [with(backend: "another")]
            + CiphertextAlgorithm.allCases.filter { $0 != algorithm }.map { with(algorithm: $0) }
    }
}

extension KeyVersionID {
    static let other = KeyVersionID(UUIDBytes(high: 1, low: 2))
}

extension Timestamp {
    fileprivate static let sample = Timestamp(seconds: 1_700_000_000)
}

extension EncryptionContext {
    fileprivate static let sample =
        EncryptionContext([
            (key: Array("a".utf8), value: Array("b".utf8)), (key: Array("c".utf8), value: Array("d".utf8)),
        ]) ?? EncryptionContext()
}
