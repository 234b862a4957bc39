/// How a change ended where nothing failed.
package enum ChangeOutcome: Sendable {
    case made
    /// Something had changed since it was read; nothing was done.
    case conflict
    case aliasExists
    /// The alias is gone or points to another key than the one authorised; nothing was done.
    case aliasMoved
    case tooManyTags
}

extension KeyService {
    /// How often a change is made anew from what is there now, before the caller is asked to come back.
    static var attempts: Int { 16 }

    /// Changes a key that is found, permitted and in the right state; made anew where another change came first.
    ///
    /// - Parameter steps: what to write for the key as it is; none where it is already as asked.
    package func change<O: Operation & ~Copyable>(
        _ reference: KeyReference,
        for operation: O.Type,
        _ call: Call,
        _ steps: (Key) throws(KMSError) -> [Change.Step]
    ) async throws(KMSError) {
        try await repeating { () async throws(KMSError) -> ChangeOutcome in
            let key = try await self.key(reference, for: operation, call)
            return try await commit(try steps(key), call)
        }
    }

    /// Repeats a change until no other one comes between reading and writing.
    package func repeating(_ attempt: () async throws(KMSError) -> ChangeOutcome) async throws(KMSError) {
        for _ in 0..<Self.attempts {
            switch try await attempt() {
            case .made: return
            case .conflict, .aliasMoved: continue
            case .aliasExists: throw .aliasAlreadyExists
            case .tooManyTags:
                throw .limitExceeded("A resource carries \(settings.quotas.tagsPerResource) tags at most.")
            }
        }
        throw .throttled(retryAfter: 100)
    }

    /// Writes the steps, the request's mark and its record in one transaction.
    ///
    /// A request that finds nothing to change leaves its mark all the same: sent again later, it might find something.
    ///
    /// - Parameter isMarked: whether an earlier change of the same request has left its mark.
    package func commit(
        _ steps: [Change.Step],
        _ call: Call,
        isMarked: Bool = false
    ) async throws(KMSError) -> ChangeOutcome {
        if call.isDryRun { throw .dryRun }
        do {
            let mark = isMarked ? nil : call.replay
            try await store.apply(Change(steps, replay: mark, audit: call.record(nil, at: time.now())))
            call.noteCommit()
            return .made
        } catch {
            switch error {
            case .conflict: return .conflict
            case .aliasExists: return .aliasExists
            case .aliasMoved: return .aliasMoved
            case .tooManyTags: return .tooManyTags
            case .replayed: throw .nonceUsed
            case .noTriesLeft: throw .exhaustedImportToken
            case .limitReached: throw .limitExceeded(steps.compactMap(\.quota))
            case .alreadyExists: throw .internalFailure("An id was made twice.")
            // Whether the change was made is unknown, so this is not the 503 that invites a repetition.
            case .unavailable(let cause): throw .internalFailure("Writing the store failed: \(cause)")
            }
        }
    }
}
