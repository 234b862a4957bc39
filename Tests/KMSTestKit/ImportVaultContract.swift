package import KMSCore
internal import Testing

/// What every vault that takes material from outside owes its callers.
package struct ImportVaultContract: Sendable {
    private let vault: any KeyVault
    private let identity: VersionIdentity
    private let algorithm: EncryptionAlgorithm
    private let wrap: @Sendable ([UInt8], ImportPair) throws -> [UInt8]

    /// - Parameters:
    ///   - identity: of a symmetric key of Origin EXTERNAL that the vault can hold.
    ///   - algorithm: how material is wrapped; the vault must offer it.
    ///   - wrap: encrypts to the public half of a pair by its algorithm, independently of the vault.
    package init(
        _ vault: any KeyVault,
        identity: VersionIdentity,
        algorithm: EncryptionAlgorithm,
        wrap: @escaping @Sendable ([UInt8], ImportPair) throws -> [UInt8]
    ) {
        self.vault = vault
        self.identity = identity
        self.algorithm = algorithm
        self.wrap = wrap
    }

    package func holds() async throws {
        let material = [UInt8]((identity.spec == .sm4 ? 0..<16 : 0..<32).map { $0 &* 7 })
        let pair = try await makePair(1)
        let empty = KeyVersion(identity: identity, createdAt: Timestamp(seconds: 1), sealedMaterial: nil)
        let filled = try await vault.importMaterial(try wrap(material, pair), under: pair, into: empty)
        #expect(filled.identity == identity && filled.createdAt == empty.createdAt)
        #expect(filled.sealedMaterial != nil && filled.sealedCheck != nil)
        let secret = SecretBytes(copying: [42])
        let blob = try await vault.seal(secret, under: filled, authenticating: EncryptionContext())
        try await refusesOthers(material, pair, empty)

        // Deleted and imported again, through another pair: what it encrypted opens.
        vault.forget([filled.id])
        let stripped = KeyVersion(
            identity: identity,
            createdAt: filled.createdAt,
            sealedMaterial: nil,
            sealedCheck: filled.sealedCheck
        )
        await #expect(throws: VaultError.self) {
            _ = try await vault.open(blob, under: stripped, authenticating: EncryptionContext())
        }
        let second = try await makePair(2)
        #expect(second.publicKey != pair.publicKey)
        let back = try await vault.importMaterial(try wrap(material, second), under: second, into: stripped)
        #expect(back.sealedCheck == filled.sealedCheck)
        let opened = try await vault.open(blob, under: back, authenticating: EncryptionContext())
        let isSame = opened.equals(secret)
        #expect(isSame)
        try await refusesOthers(material, second, stripped, isKnown: true)
        // Wrapped to the first pair, sent with the second.
        await expectRefusal(try wrap(material, pair), second, stripped)
    }

    private func makePair(_ number: UInt64) async throws -> ImportPair {
        let wanted = ImportPairIdentity(
            id: ImportTokenID(UUIDBytes(high: 9, low: number)),
            key: identity.key,
            namespace: identity.namespace,
            level: identity.level,
            backend: identity.backend,
            spec: algorithm == .sm2PKE ? .ecSM2 : .rsa2048,
            algorithm: algorithm,
            expiresAt: Timestamp(seconds: 1_700_000_000)
        )
        let pair = try await vault.makeImportPair(wanted)
        #expect(pair.identity == wanted && pair.triesLeft == Limits.importTries)
        return pair
    }

    /// Wrong lengths, flipped bits and, where the material is known, any other.
    private func refusesOthers(
        _ material: [UInt8],
        _ pair: ImportPair,
        _ version: KeyVersion,
        isKnown: Bool = false
    ) async throws {
        await expectRefusal(try wrap(Array(material.dropLast()), pair), pair, version)
        await expectRefusal(try wrap(material + [0], pair), pair, version)
        if isKnown { await expectRefusal(try wrap(material.reversed(), pair), pair, version) }
        let wrapped = try wrap(material, pair)
        for position in stride(from: 1, to: wrapped.count, by: 11) {
            var flipped = wrapped
            flipped[position] ^= 0x40
            await expectRefusal(flipped, pair, version)
        }
    }

    private func expectRefusal(_ wrapped: [UInt8], _ pair: ImportPair, _ version: KeyVersion) async {
        do {
            _ = try await vault.importMaterial(wrapped, under: pair, into: version)
            Issue.record("material came in that should not")
        } catch { #expect(error == .refused) }
    }
}
