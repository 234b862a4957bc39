/// What the service does by itself: it lets keys whose window has ended go, destroys what is left of them and imported
/// material that has expired, and rotates.
///
/// Deadlines are enforced at the moment of use as well, so that a late upkeep never prolongs a key's life. Every piece
/// of work is a change of its own, made again from what is there where another change came first; several upkeeps may
/// run at once.
package struct Upkeep: Sendable {
    let service: KeyService
    /// Rows of one kind that one round takes on.
    static let batch = 100

    /// The names under which upkeep is recorded.
    package static let actions = [
        "UpkeepDeleteKey", "UpkeepDestroyKey", "UpkeepDeleteMaterial", "UpkeepRotateKey", "MeterRotateKey",
    ]

    package init(_ service: KeyService) {
        self.service = service
    }

    /// Carries out what is due. Returns what could not be done, for the log.
    ///
    /// - Parameter mayDestroy: false while the clock is not to be trusted: then nothing is let go or destroyed.
    package func run(mayDestroy: Bool) async -> [String] {
        var troubles: [String] = []
        let now = service.time.now()
        /// The keys of whose material no row is left.
        var ending: [Key] = []
        if mayDestroy {
            await each("retire", &troubles, service.store.keysToRetire(at:limit:), now) {
                try await retire($0, at: now)
            }
            let settled = now.adding(seconds: -service.settings.destructionGrace)
            await each("destroy", &troubles, service.store.keysToDestroy(at:limit:), settled) { key in
                try await service.store.apply(Change([.destroyMaterial(of: key.id)]))
                ending.append(key)
            }
            await each("strip", &troubles, service.store.keysToStrip(at:limit:), now) { try await strip($0, at: now) }
            await deleteImportPairs(&troubles, at: now)
        }
        do {
            try await service.store.scrub()
            await each("destroy", &troubles, ending) { try await destroy($0, at: now) }
        } catch { troubles.append("Destroyed material is still there: \(error)") }
        await each("rotate", &troubles, service.store.keysToRotate(at:limit:), now) { try await rotate($0, at: now) }
        return troubles
    }

    private func each(
        _ work: String,
        _ troubles: inout [String],
        _ due: (Timestamp, Int) async throws(StoreError) -> [Key],
        _ moment: Timestamp,
        _ body: (Key) async throws -> Void
    ) async {
        do { await each(work, &troubles, try await due(moment, Self.batch), body) } catch {
            troubles.append("Could not find keys to \(work): \(error)")
        }
    }

    private func each(
        _ work: String,
        _ troubles: inout [String],
        _ keys: [Key],
        _ body: (Key) async throws -> Void
    ) async {
        for key in keys {
            do { try await body(key) } catch StoreError.conflict {
                continue  // Somebody changed the key; the next round sees it as it is.
            } catch { troubles.append("Could not \(work) key \(key.id): \(error)") }
        }
    }

    private func retire(_ key: Key, at now: Timestamp) async throws {
        guard key.isGone(at: now) else { return }
        let versions = try await versions(of: key)
        try await apply([.retireKey(key)], "UpkeepDeleteKey", key, nil, at: now)
        service.vault.forget(versions)
        service.meter.forget(versions)
    }

    /// Removes the last row of a key and records its destruction, once the bytes of its material are in no file. Until
    /// then that row is what tells the next round, or the next process, that the work is not done.
    private func destroy(_ key: Key, at now: Timestamp) async throws {
        try await apply([.destroyKey(key.id)], "UpkeepDestroyKey", key, nil, at: now)
    }

    /// Destroys imported material that has expired; the key itself has been waiting for it since that second.
    private func strip(_ key: Key, at now: Timestamp) async throws {
        guard let expiry = key.materialExpiresAt, expiry <= now, let version = key.primaryVersion else { return }
        try await apply(key.strippingMaterial, "UpkeepDeleteMaterial", key, version, at: now)
        service.vault.forget([version])
    }

    /// Deletes the pairs of import tokens that have expired. Nothing can be done with them, so nobody is told.
    private func deleteImportPairs(_ troubles: inout [String], at now: Timestamp) async {
        do {
            let expired = try await service.store.importPairsToDelete(at: now, limit: Self.batch)
            guard !expired.isEmpty else { return }
            try await service.store.apply(Change(expired.map { .deleteImportPair($0) }))
        } catch { troubles.append("Could not delete expired import tokens: \(error)") }
    }

    /// Makes a new primary version. Only an Enabled key rotates (manual 7.2, "Impact of CMK status").
    private func rotate(_ key: Key, at now: Timestamp) async throws {
        guard let next = key.nextRotation, next <= now else { return }
        try await makePrimaryVersion(of: key, "UpkeepRotateKey", at: now)
    }

    /// Rotates a key whose primary version may encrypt no more messages, whatever its rotation policy.
    func replaceSpentVersion(of key: Key) async throws {
        try await makePrimaryVersion(of: key, "MeterRotateKey", at: service.time.now())
    }

    private func makePrimaryVersion(of key: Key, _ action: String, at now: Timestamp) async throws {
        guard key.state(at: now) == .enabled, key.canRotate,
            let holder = service.vault.holder(of: key.spec, for: key.usage, level: key.level, in: key.backend)
        else { return }
        let identity = VersionIdentity(
            id: KeyVersionID(service.ids.next()),
            of: key,
            algorithm: holder.algorithm
        )
        let version = try await service.vault.makeVersion(identity, at: now)
        let rotated = key.changed {
            $0.primaryVersion = version.id
            $0.lastRotation = now
        }
        try await apply(
            [.updateKey(from: key, to: rotated), .insertVersion(version)],
            action,
            key,
            version.id,
            at: now
        )
    }

    private func versions(of key: Key) async throws(StoreError) -> [KeyVersionID] {
        var found: [KeyVersionID] = []
        var number = 1
        while true {
            let page = Page(number: number, size: Limits.pageSize.upperBound)
            let listing = try await service.store.versions(of: key.id, in: key.namespace, page: page)
            found += listing.rows.map(\.id)
            guard listing.rows.count == page.size else { return found }
            number += 1
        }
    }

    private func apply(
        _ steps: [Change.Step],
        _ action: String,
        _ key: Key,
        _ version: KeyVersionID?,
        at now: Timestamp
    ) async throws {
        try service.audit.prepare()
        let record = AuditRecord(
            time: now,
            requestID: service.ids.next(),
            account: key.namespace.account,
            principal: "upkeep",
            accessKeyID: nil,
            region: key.namespace.region,
            source: "upkeep",
            action: action,
            resources: [key.resourceName.description],
            key: key.id,
            version: version,
            outcome: .success,
            errorCode: nil,
            duration: 0
        )
        try await service.store.apply(Change(steps, audit: record))
        try service.audit.write(record)
        service.store.acknowledgeAudit(of: record.requestID)
        service.observer.completed(record, error: nil)
    }
}
