import FoundationEssentials
import KMSAccess
import KMSCore
import KMSStorage
import KMSTestKit
import Testing

@testable import KMSProtection
@testable import KMSServer

@Suite("Rotation of the root key", .timeLimit(.minutes(10)))
struct RootRotationTests {
    private let folder: DataFolder
    private let clock = ManualClock()

    init() throws { folder = try DataFolder() }

    private func serving<Value: Sendable>(
        _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Value
    ) async throws -> Value {
        try await withRestartedService(folder, at: clock, body)
    }

    private static func finish(_ rotation: RootRotation) async throws {
        for _ in 0..<5 where try await rotation.rootKeyState().rotation != nil {
            #expect(await rotation.proceed() == [])
        }
        #expect(try await rotation.rootKeyState().rotation == nil)
    }

    @Test("everything opens before, while and after it is sealed anew, and after restarts, generation after generation")
    func everythingOpens() async throws {
        let clock = clock
        let scene = try await serving { service, client in
            let scene = try await RotationScene(client)
            for generation: UInt32 in 2...3 {
                let begun = try await service.rotation.rotateRootKey(atOnce: false)
                #expect(begun.generation == generation && begun.rotation?.recordsLeft ?? 0 >= 9)
                try await scene.expectOpen(client, in: service)
                #expect(await service.rotation.proceed() == [])
                try await scene.expectOpen(client, in: service)
                #expect(try await service.rotation.rootKeyState().rotation?.recordsLeft == 0)
                #expect(service.root.previous?.generation == generation - 1)
                clock.advance(seconds: RootRotation.tokenLife)
                #expect(await service.rotation.proceed() == [])
                let ended = RootKeyState(generation: generation, rotation: nil)
                #expect(try await service.rotation.rootKeyState() == ended)
                // For requests under way it is held for another minute.
                _ = await service.rotation.proceed()
                #expect(service.root.previous != nil)
                clock.advance(seconds: 60)
                _ = await service.rotation.proceed()
                #expect(service.root.previous == nil)
                try await scene.expectOpen(client, in: service)
            }
            return scene
        }
        try await serving { service, client in
            #expect(service.root.current.generation == 3 && service.root.previous == nil)
            try await scene.expectOpen(client, in: service)
            // Only the identical material comes back, by the check that was sealed anew twice.
            let again = try await ExternalKey(client, for: scene.emptied.key)
            try await again.load(RotationScene.material)
        }
    }

    @Test("a rotation that dies at any change is finished by the next server, and nothing is ever shut")
    func crashPoints() async throws {
        let scene = try await serving { _, client in try await RotationScene(client) }
        var completions = 0
        for isLastMade in [false, true] {
            for changes in 0..<11 {
                let died = try await serving { service, client in
                    // What the server before has left.
                    try await scene.expectOpen(client, in: service)
                    try await Self.finish(service.rotation)
                    try await scene.expectOpen(client, in: service)
                    let before = service.root.current.generation
                    #expect(try await service.database.sealedRowCount(under: before - 1) == 0)

                    let store = DyingStore(service.store, after: changes, isLastMade: isLastMade)
                    let dying = RootRotation(
                        ring: service.root,
                        store: store,
                        loader: service.loader,
                        time: clock,
                        uptime: { 0 }
                    )
                    _ = try? await dying.rotateRootKey(atOnce: true)
                    _ = await dying.proceed()
                    // The server goes on with what it has, though it may not know what became of its last change.
                    if service.root.current.generation > before { try await scene.expectOpen(client, in: service) }
                    return store.isDead
                }
                completions += died ? 0 : 1
            }
        }
        try await serving { service, client in try await scene.expectOpen(client, in: service) }
        // Fewer changes than the longest of these lives make a whole rotation, or not every one was tried.
        #expect(completions > 0 && completions < 20)
    }

    @Test("a begin whose answer got lost is taken up by the server that began it")
    func lostAnswer() async throws {
        try await serving { service, client in
            let scene = try await RotationScene(client)
            let store = DyingStore(service.store, after: 0, isLastMade: true)
            let dying = RootRotation(
                ring: service.root,
                store: store,
                loader: service.loader,
                time: clock,
                uptime: { 0 }
            )
            await #expect(throws: RootRotationError.self) { try await dying.rotateRootKey(atOnce: true) }
            #expect(service.root.current.generation == 1)
            // Until it is noticed, what is sealed under the old generation may still be written.
            _ = try await client.createKey()
            try await Self.finish(service.rotation)
            #expect(service.root.current.generation == 2)
            try await scene.expectOpen(client, in: service)
        }
    }

    @Test("changes made while rows are sealed anew are not lost")
    func concurrentChanges() async throws {
        try await serving { service, client in
            let scene = try await RotationScene(client)
            let blobs = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        var blobs: [String] = []
                        for _ in 0..<12 {
                            let key = try await client.createKey()
                            let encrypt: KeyValuePairs = ["KeyId": key, "Plaintext": "x"]
                            blobs.append(try await client.text("CiphertextBlob", of: "Encrypt", encrypt))
                        }
                        return blobs
                    }
                }
                group.addTask {
                    for _ in 0..<8 {
                        _ = try await client.call("DeleteKeyMaterial", ["KeyId": scene.external.key])
                        // A rotation at once ends the token, and then the import is refused for that.
                        let code = try await ExternalKey(client, for: scene.external.key)
                            .attempt(RotationScene.material)
                        #expect(code == nil || code == "InvalidImportToken")
                    }
                    return []
                }
                group.addTask {
                    for _ in 0..<6 {
                        _ = try await service.rotation.rotateRootKey(atOnce: true)
                        try await Self.finish(service.rotation)
                    }
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try await ExternalKey(client, for: scene.external.key).load(RotationScene.material)
            #expect(blobs.count == 36 && service.root.current.generation == 7)
            for blob in blobs {
                #expect(try await client.text("Plaintext", of: "Decrypt", ["CiphertextBlob": blob]) == "x")
            }
            try await scene.expectOpen(client, in: service)
        }
    }

    @Test("when it has ended, no byte of what was sealed under the old root is in any file, and no more comes in")
    func oldBytes() async throws {
        let folder = folder
        try await serving { service, client in
            _ = try await RotationScene(client)
            var old = try await RotationScene.records(under: 1, in: service.database)
            let late = try await service.sealedVersion()
            _ = try await service.rotation.rotateRootKey(atOnce: true)
            old.append(try #require(try await service.database.rootRotation()).sealedRoot)
            try await Self.finish(service.rotation)
            for (name, bytes) in try folder.files() {
                for record in old { #expect(!contains(bytes, Array(record.dropFirst(6).prefix(24))), "\(name)") }
            }
            await #expect(throws: StoreError.conflict) {
                try await service.store.apply(Change([.insertVersion(late)]))
            }
            #expect(try await service.database.sealedRowCount(under: 1) == 0)
        }
    }

    @Test("a row that is damaged is named, and keeps the old root until it is mended")
    func damagedRow() async throws {
        let clock = clock
        try await serving { service, client in
            _ = try await RotationScene(client)
            let rows = try await service.database.sealedRows(.accessKeys, under: 1, after: .min, limit: 1)
            let row = try #require(rows.first).row
            let damaged = Array(row.record.dropLast()) + [(row.record.last ?? 0) ^ 1]
            try await service.store.reseal([ResealedRow(row: row, record: damaged)])
            _ = try await service.rotation.rotateRootKey(atOnce: true)
            for _ in 0..<3 {
                let troubles = await service.rotation.proceed()
                #expect(troubles.count == 1 && troubles.first?.contains(User.alice.accessKeyID) == true)
            }
            #expect(try await service.rotation.rootKeyState().rotation?.recordsLeft == 1)
            #expect(service.root.previous != nil)
            guard case .accessKey(let key) = row else { return }
            let stored = AccessKey(
                id: key.id,
                account: key.account,
                identity: key.identity,
                isActive: true,
                createdAt: key.createdAt,
                sealedSecret: damaged
            )
            try await service.store.reseal([ResealedRow(row: .accessKey(stored), record: row.record)])
            // It is not looked at every second.
            #expect(await service.rotation.proceed().count == 1)
            clock.advance(seconds: 60)
            try await Self.finish(service.rotation)
        }
    }

    @Test("nothing that names a generation which was left is written any more, of whatever kind")
    func lateRecords() async throws {
        try await serving { service, client in
            _ = try await RotationScene(client)
            let late = try await service.changes(under: 1)
            #expect(late.count == 5)
            _ = try await service.rotation.rotateRootKey(atOnce: true)
            // While both open, both are taken; and what comes in is sealed anew with the rest.
            try await service.store.apply(late[0])
            try await Self.finish(service.rotation)
            for change in late {
                await #expect(throws: StoreError.conflict, "\(change.steps)") { try await service.store.apply(change) }
            }
            #expect(try await service.database.sealedRowCount(under: 1) == 0)
            try await RotationScene.expectAllOpen(in: service)
        }
    }

    @Test("what the key process holds is sealed under its own root, and is let alone")
    func keyProcess() async throws {
        try await serving { service, client in
            _ = try await RotationScene(client)
            let holder = SlotTableName.hsm.rawValue
            let key = Key.example(UUIDBytes(high: 7, low: 77), level: .hsm, backend: holder)
            let sealed = [1, 1, 0, 0, 0, 1] + [UInt8](repeating: 9, count: 72)
            let (version, another) = (
                Self.version(UUIDBytes(high: 7, low: 78), of: key, sealed),
                Self.version(UUIDBytes(high: 7, low: 79), of: key, sealed)
            )
            try await service.store.apply(Change([.insertKey(key), .insertVersion(version)]))
            _ = try await service.rotation.rotateRootKey(atOnce: true)
            try await Self.finish(service.rotation)
            #expect(try await service.store.version(version.id) == version)
            try await service.store.apply(Change([.insertVersion(another)]))
        }
    }

    private static func version(_ id: UUIDBytes, of key: Key, _ sealed: [UInt8]) -> KeyVersion {
        let identity = VersionIdentity(id: KeyVersionID(id), of: key, algorithm: .aes256GCM)
        return KeyVersion(identity: identity, createdAt: key.createdAt, sealedMaterial: sealed)
    }

    @Test("only one rotation is under way at a time")
    func oneAtATime() async throws {
        try await serving { service, _ in
            _ = try await service.rotation.rotateRootKey(atOnce: false)
            await #expect(throws: RootRotationError.underWay) {
                try await service.rotation.rotateRootKey(atOnce: false)
            }
            let hastened = try await service.rotation.rotateRootKey(atOnce: true)
            #expect(hastened.generation == 2 && hastened.rotation?.tokensUntil == nil)
            try await Self.finish(service.rotation)
            _ = try await service.rotation.rotateRootKey(atOnce: false)
            #expect(service.root.current.generation == 3)
        }
    }
}

extension WholeService {
    /// A version of a key that exists, sealed under the current root and not yet written.
    fileprivate func sealedVersion() async throws -> KeyVersion {
        let row = try await database.sealedRows(.versions, under: root.current.generation, after: .min, limit: 1)
        guard case .material(let version)? = row.first?.row else { throw Missing() }
        let identity = VersionIdentity(
            id: KeyVersionID(UUIDBytes(high: 99, low: 99)),
            key: version.identity.key,
            namespace: version.identity.namespace,
            spec: version.identity.spec,
            usage: version.identity.usage,
            origin: version.identity.origin,
            level: version.identity.level,
            backend: version.identity.backend,
            algorithm: version.identity.algorithm
        )
        let vault = SoftwareVault(root: root, workers: InlineWorkers())
        return try await vault.makeVersion(identity, at: Timestamp(seconds: 0))
    }

    /// Changes that write a record of a generation which is still the current one, of every kind that changes write.
    fileprivate func changes(under generation: UInt32) async throws -> [Change] {
        func rows(_ kind: SealedRow.Kind) async throws -> [SealedRow] {
            try await database.sealedRows(kind, under: generation, after: .min, limit: 100).map(\.row)
        }
        var changes: [Change] = []
        for row in try await rows(.versions) {
            guard case .material(let version) = row, version.sealedCheck != nil else { continue }
            let identity = version.identity
            let step = Change.Step.setMaterial(version.id, of: identity.key, in: identity.namespace, row.record)
            changes.append(Change([step]))
        }
        changes.append(Change([.insertVersion(try await sealedVersion())]))
        for case .importPair(let pair) in try await rows(.importPairs).prefix(1) {
            let identity = ImportPairIdentity(
                id: ImportTokenID(UUIDBytes(high: 7, low: 5)),
                key: pair.identity.key,
                namespace: pair.identity.namespace,
                level: pair.identity.level,
                backend: pair.identity.backend,
                spec: pair.identity.spec,
                algorithm: pair.identity.algorithm,
                expiresAt: pair.identity.expiresAt
            )
            let another = ImportPair(
                identity: identity,
                publicKey: pair.publicKey,
                sealedPrivateKey: pair.sealedPrivateKey
            )
            changes.append(Change([.insertImportPair(another)]))
        }
        for case .certificateKey(let pair) in try await rows(.certificates) {
            let id = CertificateID(pair.identity.key.uuid)
            guard let certificate = try await database.certificate(id, in: pair.identity.namespace) else { continue }
            // Gone and back, so that nothing but its record can stand in the way.
            changes.append(Change([.certificate(.delete(certificate)), .certificate(.insert(certificate))]))
        }
        for case .accessKey(let key) in try await rows(.accessKeys) {
            let another = AccessKey(
                id: "LTAIanother",
                account: key.account,
                identity: key.identity,
                isActive: true,
                createdAt: key.createdAt,
                sealedSecret: key.sealedSecret
            )
            changes.append(Change([.access(.insertAccessKey(another, limit: nil))]))
        }
        return changes
    }

    private struct Missing: Error {}
}
