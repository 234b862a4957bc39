/// The doorway: every caller enters here, and what it does is found, permitted, judged, done, audited and measured.
package final class KeyService: Sendable {
    package let store: any ServiceStore
    package let vault: any KeyVault
    package let publicKeys: any PublicKeyCryptography
    package let importTokens: any ImportTokens
    package let certificates: any CertificateCryptography
    package let audit: any AuditLog
    package let observer: any Observer
    package let time: any TimeSource
    package let ids: any IDSource
    package let settings: ServiceSettings
    package let meter: UsageMeter
    private let throttle: Throttle

    package init(
        store: any ServiceStore,
        vault: any KeyVault,
        publicKeys: any PublicKeyCryptography,
        importTokens: any ImportTokens,
        certificates: any CertificateCryptography,
        audit: any AuditLog,
        observer: any Observer,
        time: any TimeSource,
        ids: any IDSource,
        settings: ServiceSettings,
        meter: UsageMeter = UsageMeter()
    ) {
        self.store = store
        self.vault = vault
        self.publicKeys = publicKeys
        self.importTokens = importTokens
        self.certificates = certificates
        self.audit = audit
        self.observer = observer
        self.time = time
        self.ids = ids
        self.settings = settings
        self.meter = meter
        throttle = Throttle(settings.rates)
    }

    /// Carries out one request of an identified caller, unless its account has used up its rate.
    ///
    /// The record is in the trail before this returns. Where the trail cannot be written, a request that changed
    /// nothing is answered with 503; one that changed something has its record in the same transaction.
    package func perform(
        _ entry: Catalogue.Entry,
        with parameters: Parameters,
        _ call: Call
    ) async -> Result<any Response, KMSError> {
        let result: Result<any Response, KMSError>
        do {
            if throttle.isActive { try throttle.admit(entry.rateClass, in: call.namespace, at: time.now()) }
            try refuseWithoutTrail()
            result = .success(try await entry.run(parameters, call, self))
        } catch { result = .failure(error) }
        let answer = conclude(result, call.record(result.error, at: time.now()), isCommitted: call.isCommitted)
        return audit.isSynced ? await synced(answer, isCommitted: call.isCommitted) : answer
    }

    /// The answer once the disk has its record.
    private func synced(
        _ answer: Result<any Response, KMSError>,
        isCommitted: Bool
    ) async -> Result<any Response, KMSError> {
        do {
            try await audit.sync()
            return answer
        } catch { return isCommitted ? answer : .failure(.withoutTrail(error)) }
    }

    /// Records a request that was refused before an operation could be reached, and returns what to answer.
    package func refuse(_ error: KMSError, _ record: AuditRecord) -> KMSError {
        conclude(.failure(error), record, isCommitted: false).error ?? error
    }

    private func conclude(
        _ result: Result<any Response, KMSError>,
        _ record: AuditRecord,
        isCommitted: Bool
    ) -> Result<any Response, KMSError> {
        do {
            try audit.write(record)
            if isCommitted { store.acknowledgeAudit(of: record.requestID) }
            observer.completed(record, error: result.error)
            return result
        } catch {
            let failure = KMSError.withoutTrail(error)
            observer.completed(record, error: failure)
            return isCommitted ? result : .failure(failure)
        }
    }

    /// A trail that failed is tried again before anything is done that it could not record.
    private func refuseWithoutTrail() throws(KMSError) {
        do { try audit.prepare() } catch { throw .withoutTrail(error) }
    }
}

extension KMSError {
    fileprivate static func withoutTrail(_ error: AuditError) -> KMSError {
        .unavailable("The audit trail cannot be written: \(error.reason)")
    }
}

extension Result where Failure == KMSError {
    var error: KMSError? {
        switch self {
        case .success: nil
        case .failure(let error): error
        }
    }
}
