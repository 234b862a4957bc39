package import KMSCore
internal import Synchronization

/// Public keys as others write them, parsed once and kept: parsing one costs more than using it.
package final class ParsedPublicKeys: PublicKeyCryptography {
    private struct Name: Hashable {
        let spec: KeySpec
        let der: [UInt8]
    }

    private struct Cache {
        /// What came since the generation began, and what was there before: a key that is not asked for while a whole
        /// generation comes is let go.
        var young: [Name: PublicKey] = [:]
        var old: [Name: PublicKey] = [:]

        mutating func key(_ name: Name, half: Int) -> PublicKey? {
            if let key = young[name] { return key }
            guard let key = old[name] else { return nil }
            insert(key, name, half: half)
            return key
        }

        mutating func insert(_ key: PublicKey, _ name: Name, half: Int) {
            if young.count >= half {
                old = young
                young = [:]
            }
            young[name] = key
        }
    }

    private let workers: any WorkerPool
    private let half: Int
    private let cache = Mutex(Cache())

    /// - Parameters:
    ///   - workers: who does the arithmetic.
    ///   - cacheLimit: how many keys stay parsed at once, at least 2.
    package init(workers: any WorkerPool, cacheLimit: Int = 1_000) {
        self.workers = workers
        half = max(cacheLimit / 2, 1)
    }

    package func isPublicKey(_ publicKey: [UInt8], of spec: KeySpec) -> Bool {
        (try? key(publicKey, of: spec)) != nil
    }

    package func encrypt(
        _ plaintext: SecretBox,
        with algorithm: EncryptionAlgorithm,
        to publicKey: [UInt8],
        of spec: KeySpec
    ) async throws(PublicKeyError) -> [UInt8] {
        try await work { () throws(PublicKeyError) in
            let key = try self.key(publicKey, of: spec)
            do throws(CryptoError) {
                return try plaintext.withBytes { bytes throws(CryptoError) in try key.encrypt(bytes, with: algorithm) }
            } catch { throw .unavailable(error.description) }
        }
    }

    package func verify(
        _ signature: [UInt8],
        of digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        by publicKey: [UInt8],
        of spec: KeySpec
    ) async throws(PublicKeyError) -> Bool {
        try await work { () throws(PublicKeyError) in
            try self.key(publicKey, of: spec).verify(signature, of: digest, with: algorithm)
        }
    }

    package func pem(of publicKey: [UInt8], spec: KeySpec) throws(PublicKeyError) -> String {
        try key(publicKey, of: spec).pem
    }

    /// How many keys are parsed now.
    package var parsedCount: Int { cache.withLock { Set($0.young.keys).union($0.old.keys).count } }

    private func key(_ publicKey: [UInt8], of spec: KeySpec) throws(PublicKeyError) -> PublicKey {
        let name = Name(spec: spec, der: publicKey)
        if let known = cache.withLock({ $0.key(name, half: half) }) { return known }
        guard let key = try? PublicKey(spec, der: publicKey) else { throw .invalidKey }
        cache.withLock { $0.insert(key, name, half: half) }
        return key
    }

    private func work<Value: Sendable>(
        _ body: @escaping @Sendable () throws(PublicKeyError) -> Value
    ) async throws(PublicKeyError) -> Value {
        let result: Result<Value, PublicKeyError>
        do { result = try await workers.run { Result(catching: body) } } catch { throw .busy }
        return try result.get()
    }
}
