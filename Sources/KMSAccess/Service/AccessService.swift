package import KMSCore

/// What the operations of RAM and STS work with.
package struct AccessService: Sendable {
    package let store: any KeyStore & AccessStore
    package let sealer: any Sealer
    package let time: any TimeSource
    package let ids: any IDSource

    package init(
        store: any KeyStore & AccessStore,
        sealer: any Sealer,
        time: any TimeSource,
        ids: any IDSource
    ) {
        self.store = store
        self.sealer = sealer
        self.time = time
        self.ids = ids
    }

    /// How a change ended where nothing failed.
    package enum Outcome: Sendable {
        case made
        /// Something had changed since it was read, or is in use; nothing was done.
        case conflict
        /// A name or an id is taken; nothing was done.
        case alreadyExists
        case limitReached

        package var isMade: Bool { self == .made }
    }

    /// Tests `action`, such as `ram:CreateUser`, on a resource; refused as RAM refuses.
    package func permit(_ action: String, on resource: ResourceName, _ call: Call) throws(KMSError) {
        call.touch(resource)
        guard call.decide(action, on: Resource(resource)).isAllowed else { throw .notAuthorized(resource) }
    }

    /// What a read of the store gives; a store that does not work is a 503, since nothing was done.
    package func reading<Value>(
        _ read: () async throws(StoreError) -> Value
    ) async throws(KMSError) -> Value {
        do { return try await read() } catch { throw .unavailable("Reading the store failed: \(error)") }
    }

    /// Writes the steps, the request's mark and its record in one transaction.
    package func commit(_ steps: [AccessStep], _ call: Call) async throws(KMSError) -> Outcome {
        try await commit(steps.map { .access($0) }, call)
    }

    func commit(_ steps: [Change.Step], _ call: Call) async throws(KMSError) -> Outcome {
        if call.isDryRun { throw .dryRun }
        do {
            let record = call.record(nil, at: time.now())
            try await store.apply(Change(steps, replay: call.replay, audit: record))
            call.noteCommit()
            return .made
        } catch {
            switch error {
            case .conflict: return .conflict
            case .alreadyExists: return .alreadyExists
            case .limitReached: return .limitReached
            case .replayed: throw .nonceUsed
            case .aliasExists, .aliasMoved, .tooManyTags, .noTriesLeft:
                throw .internalFailure("A change of users or policies ended with \(error).")
            // Whether the change was made is unknown, so this is not the 503 that invites a repetition.
            case .unavailable(let cause): throw .internalFailure("Writing the store failed: \(cause)")
            }
        }
    }

    /// Repeats reading and writing while another change comes between.
    ///
    /// - Parameter attempt: gives nil where its change met a conflict; what it reads anew then says why.
    package func repeating<Value>(_ attempt: () async throws(KMSError) -> Value?) async throws(KMSError) -> Value {
        for _ in 0..<16 {
            if let value = try await attempt() { return value }
        }
        throw .throttled(retryAfter: 100)
    }

    /// A new id of 18 decimal digits.
    func newEntityID() -> String {
        let id = ids.next()
        let number = 100_000_000_000_000_000 + (id.high ^ id.low) % 900_000_000_000_000_000
        return String(number)
    }
}
