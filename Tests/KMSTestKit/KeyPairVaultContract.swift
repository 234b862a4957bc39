package import KMSCore
internal import Testing

/// What every protection level owes its callers for asymmetric keys, whoever holds the private half.
package struct KeyPairVaultContract: Sendable {
    private let vault: any KeyVault
    private let publicKeys: any PublicKeyCryptography
    private let identity: VersionIdentity

    private var spec: KeySpec { identity.spec }

    /// - Parameters:
    ///   - publicKeys: what somebody has who is not the vault, to hold its work against.
    ///   - identity: of an asymmetric key that the vault can hold; only its ids are varied.
    package init(_ vault: any KeyVault, publicKeys: any PublicKeyCryptography, identity: VersionIdentity) {
        self.vault = vault
        self.publicKeys = publicKeys
        self.identity = identity
    }

    package func holds() async throws {
        let version = try await vault.makeVersion(identity, at: Timestamp(seconds: 1_700_000_000))
        let other = try await vault.makeVersion(identity.with(id: .other), at: Timestamp(seconds: 1_700_000_000))
        try await makesSoundPairs(version, other)
        try await signs(version, other)
        try await decrypts(version, other)
        try await refusesWhatDoesNotFit(version)
        await refusesMovedMaterial(version, other)
        try await worksAgainAfterForgetting(version)
        try await servesManyTasksAtOnce([version, other])
    }

    private func makesSoundPairs(_ version: KeyVersion, _ other: KeyVersion) async throws {
        #expect(version.identity == identity)
        #expect(
            vault.holder(of: spec, for: identity.usage, level: identity.level)
                == KeyHolder(backend: identity.backend, algorithm: nil)
        )
        let publicKey = try #require(version.publicKey)
        #expect(publicKeys.isPublicKey(publicKey, of: spec))
        #expect(try await vault.publicKey(of: version) == publicKey)
        #expect(other.publicKey != publicKey && other.sealedMaterial != version.sealedMaterial)
        #expect(version.sealedCheck == nil)
    }

    private func signs(_ version: KeyVersion, _ other: KeyVersion) async throws {
        for algorithm in SignatureAlgorithm.allCases where algorithm.fits(spec) {
            let lengths = try #require(algorithm.signatureByteCounts(for: spec))
            for byte in [0, 1, 0xFF] as [UInt8] {
                let digest = [UInt8](repeating: byte, count: SignatureAlgorithm.digestByteCount)
                let signature = try await vault.sign(digest, with: algorithm, under: version)
                #expect(lengths.contains(signature.count))
                #expect(try await verifies(signature, digest, algorithm, version))
                #expect(try await !verifies(signature, digest, algorithm, other))
                let another = [UInt8](repeating: byte ^ 1, count: digest.count)
                #expect(try await !verifies(signature, another, algorithm, version))
            }
        }
    }

    private func decrypts(_ version: KeyVersion, _ other: KeyVersion) async throws {
        let publicKey = try #require(version.publicKey)
        for algorithm in EncryptionAlgorithm.allCases where algorithm.fits(spec) {
            let longest = try #require(algorithm.longestPlaintext(for: spec))
            for count in [1, 32, longest] {
                let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                let ciphertext = try await publicKeys.encrypt(
                    SecretBox(SecretBytes(copying: plaintext)),
                    with: algorithm,
                    to: publicKey,
                    of: spec
                )
                #expect(await decrypted(ciphertext, algorithm, version) == plaintext)
                guard algorithm != .rsaesPKCS1 else { continue }
                var changed = ciphertext
                changed[ciphertext.count / 2] ^= 1
                for wrong in [changed, ciphertext + [0], Array(ciphertext.dropLast()), [], [4]] {
                    await expectRefusal(wrong, algorithm, version)
                }
                await expectRefusal(ciphertext, algorithm, other)
            }
        }
    }

    /// Algorithms of other specs, digests of other lengths, and what symmetric keys do.
    private func refusesWhatDoesNotFit(_ version: KeyVersion) async throws {
        for algorithm in SignatureAlgorithm.allCases {
            for count in [0, 31, 32, 33] where !(algorithm.fits(spec) && count == 32) {
                await #expect(throws: VaultError.refused) {
                    try await vault.sign([UInt8](repeating: 1, count: count), with: algorithm, under: version)
                }
            }
        }
        for algorithm in EncryptionAlgorithm.allCases where !algorithm.fits(spec) {
            await expectRefusal([UInt8](repeating: 1, count: 256), algorithm, version)
        }
        do {
            _ = try await vault.seal(SecretBytes(copying: [1]), under: version, authenticating: .init())
            Issue.record("an asymmetric version encrypted symmetrically")
        } catch { #expect(error == .refused) }
    }

    /// Sealed material serves only the version and the public key that it was made for, whether that one is warm or not.
    private func refusesMovedMaterial(_ version: KeyVersion, _ other: KeyVersion) async {
        for moved in identity.variations {
            await expectUnusable(copy(of: version, identity: moved))
        }
        await expectUnusable(copy(of: version, publicKey: .some(other.publicKey)))
        await expectUnusable(copy(of: version, publicKey: .some(nil)))
        await expectUnusable(copy(of: version, material: .some(other.sealedMaterial)))
        await expectUnusable(copy(of: version, material: .some(nil)))
        let sealed = version.sealedMaterial ?? []
        for position in [0, 1, 5, 6, sealed.count / 2, sealed.count - 1] {
            var material = sealed
            material[position] ^= 0x80
            await expectUnusable(copy(of: version, material: material))
            await expectUnusable(copy(of: version, material: Array(sealed.prefix(position))))
        }
    }

    private func worksAgainAfterForgetting(_ version: KeyVersion) async throws {
        vault.forget([version.id, .other])
        vault.forget([version.id])
        #expect(try await vault.publicKey(of: version) == version.publicKey)
    }

    private func servesManyTasksAtOnce(_ versions: [KeyVersion]) async throws {
        guard let algorithm = SignatureAlgorithm.allCases.first(where: { $0.fits(spec) }) else { return }
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<32 {
                let version = versions[number % 2]
                group.addTask {
                    let digest = [UInt8](repeating: UInt8(number), count: 32)
                    if number % 5 == 0 { vault.forget([version.id]) }
                    guard let signature = try? await vault.sign(digest, with: algorithm, under: version) else {
                        return false
                    }
                    return (try? await verifies(signature, digest, algorithm, version)) ?? false
                }
            }
            for await isServed in group { #expect(isServed) }
        }
    }
}

extension KeyPairVaultContract {
    private func verifies(
        _ signature: [UInt8],
        _ digest: [UInt8],
        _ algorithm: SignatureAlgorithm,
        _ version: KeyVersion
    ) async throws -> Bool {
        let publicKey = try #require(version.publicKey)
        return try await publicKeys.verify(signature, of: digest, with: algorithm, by: publicKey, of: spec)
    }

    private func decrypted(
        _ ciphertext: [UInt8],
        _ algorithm: EncryptionAlgorithm,
        _ version: KeyVersion
    ) async -> [UInt8]? {
        let plaintext = try? await vault.decrypt(ciphertext, with: algorithm, under: version)
        return plaintext?.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
    }

    private func expectRefusal(
        _ ciphertext: [UInt8],
        _ algorithm: EncryptionAlgorithm,
        _ version: KeyVersion,
        at location: SourceLocation = #_sourceLocation
    ) async {
        do {
            _ = try await vault.decrypt(ciphertext, with: algorithm, under: version)
            Issue.record("a ciphertext opened that should not", sourceLocation: location)
        } catch { #expect(error == .refused, sourceLocation: location) }
    }

    private func copy(
        of version: KeyVersion,
        identity: VersionIdentity? = nil,
        publicKey: [UInt8]?? = nil,
        material: [UInt8]?? = nil
    ) -> KeyVersion {
        KeyVersion(
            identity: identity ?? version.identity,
            createdAt: version.createdAt,
            publicKey: publicKey ?? version.publicKey,
            sealedMaterial: material ?? version.sealedMaterial
        )
    }

    private func expectUnusable(_ version: KeyVersion, at location: SourceLocation = #_sourceLocation) async {
        do {
            _ = try await vault.publicKey(of: version)
            Issue.record("material that is not the version's own was taken", sourceLocation: location)
        } catch VaultError.unavailable {} catch { Issue.record("\(error)", sourceLocation: location) }
        guard let algorithm = SignatureAlgorithm.allCases.first(where: { $0.fits(spec) }) else { return }
        await #expect(throws: VaultError.self, sourceLocation: location) {
            try await vault.sign([UInt8](repeating: 1, count: 32), with: algorithm, under: version)
        }
    }
}

extension VersionIdentity {
    /// A version of a key of `spec`, held by `backend`, in the default region.
    package static func sample(
        _ spec: KeySpec,
        level: ProtectionLevel,
        backend: String,
        algorithm: CiphertextAlgorithm?
    ) -> VersionIdentity? {
        sampleSoftwareKey.map { sample in
            VersionIdentity(
                id: sample.id,
                key: sample.key,
                namespace: sample.namespace,
                spec: spec,
                usage: spec.defaultUsage,
                origin: .aliyunKMS,
                level: level,
                backend: backend,
                algorithm: algorithm
            )
        }
    }
}
