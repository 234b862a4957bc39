package import KMSCore
internal import KMSCrypto
internal import Synchronization

/// Replaces the root key of a running server by a new one (`Documentation/RootKeySlots.md`).
///
/// The begin is one transaction; from then on the new generation seals, and both open. What is left under the old one is
/// sealed anew piece by piece by ``proceed()``, which may stop anywhere and goes on where it stopped, also in another
/// process. The old root goes last.
package final class RootRotation: RootKeyAdministration {
    /// Seconds for which tokens that were given out under the previous generation are accepted: those of imports live
    /// for 24 hours, those of sessions for 12 at most.
    package static let tokenLife: Int64 = 86_400
    /// Rows that are sealed anew in one transaction.
    private static let batch = 256
    /// Microseconds of uptime between two walks through all rows that find nothing to do, or what they cannot do.
    private static let pause: Int64 = 60_000_000
    /// Microseconds of uptime for which the previous root stays in memory when nothing in the database needs it any
    /// more: requests that read a row before may open it after.
    private static let settling: Int64 = 60_000_000

    private let ring: RootKeyRing
    private let store: any RootRotationStore
    private let loader: RootKeyLoader
    private let time: any TimeSource
    private let uptime: @Sendable () -> Int64
    private let resealer: RowResealer
    private let progress = Mutex(Progress())

    private struct Progress {
        /// Since when, by uptime, the previous root is held for requests under way alone.
        var settlingSince: Int64?
        /// Before then, by uptime, rows are not walked through again.
        var nextWalk = Int64.min
        /// What the last walk could not do.
        var troubles: [String] = []
    }

    /// - Parameters:
    ///   - ring: what `loader` has opened.
    ///   - store: with its caches, if there are any: a row that is sealed anew must be read anew.
    ///   - uptime: microseconds on a clock that nobody sets.
    package init(
        ring: RootKeyRing,
        store: any RootRotationStore,
        loader: RootKeyLoader,
        time: any TimeSource,
        uptime: @escaping @Sendable () -> Int64
    ) {
        self.ring = ring
        self.store = store
        self.loader = loader
        self.time = time
        self.uptime = uptime
        resealer = RowResealer(ring)
    }

    // MARK: Begin

    package func rotateRootKey(atOnce: Bool) async throws(RootRotationError) -> RootKeyState {
        if try await reading({ () async throws(StoreError) in try await store.rootRotation() }) != nil {
            guard atOnce else { throw .underWay }
            try await reading { () async throws(StoreError) in try await store.endPreviousTokens() }
            ring.refusePreviousTokens()
            progress.withLock { $0.nextWalk = .min }
        } else {
            try await begin(atOnce: atOnce)
        }
        return try await rootKeyState()
    }

    private func begin(atOnce: Bool) async throws(RootRotationError) {
        guard let table = try await reading({ () async throws(StoreError) in try await store.slotTable(.server) })
        else {
            throw .refused("The database has no slot table.")
        }
        let root = ring.current
        guard table.generation == root.generation, root.generation < UInt32.max else {
            throw .refused("The slot table is of generation \(table.generation), the root key of \(root.generation).")
        }
        do { try table.verify(under: root) } catch { throw .refused(error.description) }
        let kept = try await reading { () async throws(StoreError) in try await store.lastingKeys() }
        let now = time.now()
        let next: RootKey
        let start: RootRotationStart
        do {
            let secret = try RandomBytes.secret(byteCount: RootKey.byteCount)
            next = RootKey(generation: root.generation + 1, secret: secret)
            start = RootRotationStart(
                table: try Self.table(of: next, replacing: table),
                replaced: table.authenticationCode,
                rotation: StoredRootRotation(
                    generation: root.generation,
                    sealedRoot: try Self.seal(root, under: next, of: table.databaseID),
                    beganAt: now,
                    tokensUntil: atOnce ? nil : now.adding(seconds: Self.tokenLife)
                ),
                succession: try RootSuccession.make(from: root, to: next, of: table.databaseID).bytes,
                lastingKeys: try Self.lastingKeys(of: root, under: next, besides: kept)
            )
        } catch { throw .refused("The new root key could not be made: \(error)") }
        try await write(start)
        do { try ring.succeed(by: next, acceptsPreviousTokens: !atOnce) } catch {
            throw .unavailable("The keys below the new root could not be derived: \(error.description)")
        }
        // Where the pin cannot be written now, the next start brings it along.
        if let pin = try? RootKeyLoader.pin(of: next, databaseID: table.databaseID) {
            try? loader.folder.replacePin(by: pin)
        }
    }

    private func write(_ start: RootRotationStart) async throws(RootRotationError) {
        do { try await store.beginRootRotation(start) } catch .conflict { throw .underWay } catch {
            // Whether it was made is in the database, which may answer again.
            let table = try await reading { () async throws(StoreError) in try await store.slotTable(.server) }
            guard table == start.table else { throw .unavailable("\(error)") }
        }
    }

    /// The same slots with the new root. None is opened: each takes it in by its public half.
    private static func table(of root: RootKey, replacing table: SlotTable) throws -> SlotTable {
        let slots = try table.slots.map { bytes in
            guard let slot = RootKeySlot(parsing: bytes) else {
                throw RootKeyError("A slot is of a kind that this server does not know; update it first.")
            }
            return try slot.wrapping(root, of: table.databaseID).bytes
        }
        return SlotTable(
            databaseID: table.databaseID,
            generation: root.generation,
            slots: slots,
            authenticationCode: try root.authenticationCode(databaseID: table.databaseID, slots: slots)
        )
    }

    private static func seal(_ root: RootKey, under next: RootKey, of databaseID: UUIDBytes) throws -> [UInt8] {
        let records = RecordSealer(.previousRoot, under: try RootKeyRing(next))
        let fields = RecordFields.previousRoot(databaseID: databaseID, generation: root.generation)
        return try root.withBytes { bytes in try records.seal(SecretBytes(copying: bytes), binding: fields) }
    }

    /// What is needed of `root` for longer. The key of replay marks is that of the first generation ever after.
    private static func lastingKeys(
        of root: RootKey,
        under next: RootKey,
        besides kept: [LastingKey]
    ) throws -> [LastingKey] {
        let sealer = LastingKeySealer(try RootKeyRing(next))
        var keys = [try sealer.seal(try root.auditKey(), .auditTrail, from: root.generation)]
        if !kept.contains(where: { $0.use == .replayMarks }) {
            keys.append(try sealer.seal(try root.replayMarkKey(), .replayMarks, from: root.generation))
        }
        return keys
    }

    // MARK: State

    package func rootKeyState() async throws(RootRotationError) -> RootKeyState {
        let generation = ring.current.generation
        return try await reading { () async throws(StoreError) in
            guard let rotation = try await store.rootRotation() else {
                return RootKeyState(generation: generation, rotation: nil)
            }
            return RootKeyState(
                generation: generation,
                rotation: RootKeyState.Rotation(
                    generation: rotation.generation,
                    beganAt: rotation.beganAt,
                    tokensUntil: rotation.tokensUntil,
                    recordsLeft: try await store.sealedRowCount(under: rotation.generation)
                )
            )
        }
    }

    private func reading<Value>(
        _ read: () async throws(StoreError) -> Value
    ) async throws(RootRotationError) -> Value {
        do { return try await read() } catch { throw .unavailable("The database does not answer: \(error)") }
    }

    // MARK: Progress

    /// Does what is left of a rotation, and returns what could not be done, for the log. Costs two small reads where
    /// none is under way. Stops early where its task is cancelled.
    package func proceed() async -> [String] {
        do {
            try await follow()
            guard let rotation = try await store.rootRotation() else {
                settle()
                return []
            }
            guard rotation.generation + 1 == ring.current.generation else { return [] }
            return try await proceed(rotation)
        } catch StoreError.conflict {
            return []  // A row was written meanwhile; the next round finds it.
        } catch { return ["The root key's rotation does not go on: \(error)"] }
    }

    private func proceed(_ rotation: StoredRootRotation) async throws -> [String] {
        let now = time.now()
        let tokensAreOver = rotation.tokensUntil.map { $0 <= now } ?? true
        if tokensAreOver { ring.refusePreviousTokens() }
        let uptime = uptime()
        let (isPaused, known) = progress.withLock { progress in
            progress.settlingSince = nil
            return (uptime < progress.nextWalk, progress.troubles)
        }
        if isPaused { return known }
        var (count, troubles): (Int, [String]) = (0, [])
        for kind in SealedRow.Kind.allCases {
            let walked = try await reseal(kind, under: rotation.generation)
            count += walked.count
            troubles += walked.troubles
        }
        let isDone = troubles.isEmpty && tokensAreOver
        if isDone, !Task.isCancelled { try await store.endRootRotation(of: rotation.generation) }
        let mayPause = !isDone && count == 0
        progress.withLock { progress in
            progress.nextWalk = mayPause ? uptime + Self.pause : .min
            progress.troubles = troubles
        }
        return troubles
    }

    /// Takes in a rotation that another server began, or whose begin was not acknowledged to this one.
    private func follow() async throws {
        guard let table = try await store.slotTable(.server), table.generation > ring.current.generation else { return }
        ring.adopt(try await loader.open())
    }

    /// How many rows were sealed anew, and which could not be.
    private func reseal(
        _ kind: SealedRow.Kind,
        under generation: UInt32
    ) async throws -> (count: Int, troubles: [String]) {
        var (count, troubles): (Int, [String]) = (0, [])
        var last: Int64 = .min
        while !Task.isCancelled {
            let found = try await store.sealedRows(kind, under: generation, after: last, limit: Self.batch)
            guard let end = found.last?.number else { break }
            var rows: [ResealedRow] = []
            for numbered in found {
                do { rows.append(try resealer.reseal(numbered.row)) } catch {
                    troubles.append("Could not seal \(numbered.row.description) under the new root key: \(error)")
                }
            }
            try await store.reseal(rows)
            count += rows.count
            last = end
        }
        return (count, troubles)
    }

    /// Lets go of the previous root when no request can be under way that read a row before it was sealed anew.
    private func settle() {
        guard let previous = ring.previous else { return }
        ring.refusePreviousTokens()
        let uptime = uptime()
        let since = progress.withLock { progress in
            let began = progress.settlingSince ?? uptime
            progress.settlingSince = began
            return began
        }
        guard uptime - since >= Self.settling else { return }
        ring.dropPrevious(previous.generation)
        progress.withLock { $0 = Progress() }
    }
}
