package import KMSCore
internal import KMSCrypto
internal import Synchronization

/// HSM keys in the isolated key process, asked over its socket (`Documentation/HSMProtocol.md`).
///
/// This process sees sealed versions, ciphertexts, signatures and its callers' own plaintexts, and no key. Each question
/// occupies one thread and one connection until it is answered. A process that was away and is back is handed its slot
/// table again with the first question that it cannot answer without.
package final class HSMProcessVault: KeyVault {
    private let path: String
    let store: any SlotStore
    private let workers: any WorkerPool
    private let makers: any WorkerPool
    private let connections = Mutex<[HSMSocket]>([])
    private let forgotten = Mutex<[KeyVersionID]>([])
    private let forgettings: AsyncStream<Void>
    private let onForget: AsyncStream<Void>.Continuation

    /// Milliseconds that an answer may take: several times what an RSA pair takes on a busy machine.
    private static let patience: Int32 = 30_000

    /// What an answer has of its own.
    typealias Reply = (fields: [UInt8], secret: SecretBox?)

    /// - Parameters:
    ///   - path: of the process's socket.
    ///   - store: where the slot table of its root is remembered.
    ///   - workers: whose threads wait for answers: others than those that work themselves.
    ///   - makers: whose threads wait for key pairs, so that nothing else waits behind them; the workers where none are
    ///     given.
    package init(path: String, store: any SlotStore, workers: any WorkerPool, makers: (any WorkerPool)? = nil) {
        self.path = path
        self.store = store
        self.workers = workers
        self.makers = makers ?? workers
        (forgettings, onForget) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder? {
        level == .hsm ? KeyHolder(backend: HSMProcess.backend, algorithm: spec.algorithm(at: level)) : nil
    }

    package func makeVersion(
        _ identity: VersionIdentity,
        at now: Timestamp
    ) async throws(VaultError) -> KeyVersion {
        let reply = try await ask(.makeVersion(identity, at: now), identity.spec.isSymmetric ? workers : makers)
        return try Self.version(of: identity, in: reply)
    }

    package func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob {
        let copy = plaintext.withBytes { SecretBox(SecretBytes(copying: $0)) }
        let reply = try await ask(.seal(plaintext: copy, version, context), workers)
        guard let blob = CiphertextBlob(parsing: reply.fields), blob.version == version.id else {
            throw Self.malformed
        }
        return blob
    }

    package func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes {
        let reply = try await ask(.open(blob, version, context), workers)
        return reply.secret?.withBytes { SecretBytes(copying: $0) } ?? SecretBytes(copying: [])
    }

    package func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8] {
        try await ask(.publicKey(version), workers).fields
    }

    package func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] {
        // What is longer than any digest is none, and no message either.
        guard digest.count == SignatureAlgorithm.digestByteCount else { throw .refused }
        return try await ask(.sign(digest: digest, algorithm, version), workers).fields
    }

    package func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox {
        guard let byteCounts = algorithm.ciphertextByteCounts(for: version.identity.spec),
            byteCounts.contains(ciphertext.count)
        else { throw .refused }
        let reply = try await ask(.decrypt(ciphertext: ciphertext, algorithm, version), workers)
        return reply.secret ?? SecretBox(SecretBytes(copying: []))
    }

    package func makeImportPair(_ identity: ImportPairIdentity) async throws(VaultError) -> ImportPair {
        let reply = try await ask(.makeImportPair(identity), makers)
        var reader = ByteReader(reply.fields)
        guard let pair = reader.importPair(), reader.isAtEnd, pair.identity == identity else { throw Self.malformed }
        return pair
    }

    package func importMaterial(
        _ wrapped: [UInt8],
        under importPair: ImportPair,
        into version: KeyVersion
    ) async throws(VaultError) -> KeyVersion {
        let reply = try await ask(.importMaterial(wrapped: wrapped, importPair, version), workers)
        return try Self.version(of: version.identity, in: reply)
    }

    package func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes {
        do { return try RandomBytes.secret(byteCount: byteCount) } catch { throw .unavailable(error.description) }
    }

    /// The process is told by ``passOnForgettings()``.
    package func forget(_ versions: [KeyVersionID]) {
        forgotten.withLock { $0 += versions }
        onForget.yield()
    }

    /// Tells the process what it is to forget, as soon as there is something, until the task is cancelled; to be run once.
    package func passOnForgettings() async {
        for await _ in forgettings {
            let versions = forgotten.withLock { forgotten in
                defer { forgotten = [] }
                return forgotten
            }
            for start in stride(from: 0, to: versions.count, by: HSMRequest.forgetLimit) {
                let part = Array(versions[start..<min(start + HSMRequest.forgetLimit, versions.count)])
                // A process that does not answer remembers nothing either once it is back.
                _ = try? await exchange(.forget(part), workers)
            }
        }
    }

    static let malformed = VaultError.unavailable("keyhold-hsm answered with something else than was asked.")

    private static func version(of identity: VersionIdentity, in reply: Reply) throws(VaultError) -> KeyVersion {
        var reader = ByteReader(reply.fields)
        guard let version = reader.keyVersion(), reader.isAtEnd, version.identity == identity else { throw malformed }
        return version
    }
}

/// How the process is asked.
extension HSMProcessVault {
    /// What the process answers to a request; it is handed its slot table first where it has no root key yet.
    func ask(_ request: HSMRequest, _ pool: any WorkerPool) async throws(VaultError) -> Reply {
        var answer = try await exchange(request, pool)
        if case .locked = answer {
            try await unlock()
            answer = try await exchange(request, pool)
        }
        return try Self.reply(answer)
    }

    func administer(_ request: HSMRequest) async throws(VaultError) -> Reply {
        try Self.reply(try await exchange(request, workers))
    }

    private static func reply(_ answer: HSMAnswer) throws(VaultError) -> Reply {
        switch answer {
        case .done(let fields, let secret): return (fields, secret)
        case .refused: throw .refused
        case .unavailable(let text): throw .unavailable(text)
        case .locked: throw .unavailable("keyhold-hsm has no root key although it was handed its slot table.")
        }
    }

    private func exchange(_ request: HSMRequest, _ pool: any WorkerPool) async throws(VaultError) -> HSMAnswer {
        let message = request.message
        let result: Result<HSMAnswer, HSMSocket.Failure>
        do { result = try await pool.run { self.exchange(message) } } catch { throw .busy }
        do { return try result.get() } catch {
            throw .unavailable("keyhold-hsm does not answer at \(path): \(error.description).")
        }
    }

    /// A connection that was kept may have ended with the process before: then, and once, a fresh one is tried. Nothing is
    /// lost by asking twice, because the process stores nothing.
    private func exchange(_ message: HSMMessage) -> Result<HSMAnswer, HSMSocket.Failure> {
        if let kept = connections.withLock({ $0.popLast() }) {
            do { return .success(try exchange(message, over: kept)) } catch {
                guard error.isEnd else { return .failure(error) }
                connections.withLock { $0 = [] }
            }
        }
        do throws(HSMSocket.Failure) {
            return .success(try exchange(message, over: try HSMSocket(path: path, patience: Self.patience)))
        } catch { return .failure(error) }
    }

    private func exchange(_ message: HSMMessage, over socket: HSMSocket) throws(HSMSocket.Failure) -> HSMAnswer {
        try socket.send(message)
        guard let received = try socket.receive() else { throw .ended }
        guard let answer = HSMAnswer(received) else { throw .malformed }
        connections.withLock { $0.append(socket) }
        return answer
    }
}
