extension KeyService {
    /// Refuses what would go beyond a quota, before any work is done for it. Another request may come in between, so
    /// the change itself ends in ``keepingWithin(_:_:)``.
    package func judgeQuotas(_ subjects: [Quota.Subject], _ call: Call) async throws(KMSError) {
        for quota in quotas(subjects, call) {
            let count = try await reading { () async throws(StoreError) in
                try await store.count(of: quota.subject, in: quota.namespace, at: quota.moment)
            }
            guard count < quota.limit else { throw .limitExceeded([quota]) }
        }
    }

    /// The steps that hold a change within the quotas; they come after the steps that add something.
    package func keepingWithin(_ subjects: [Quota.Subject], _ call: Call) -> [Change.Step] {
        quotas(subjects, call).map { .keepWithin($0) }
    }

    private func quotas(_ subjects: [Quota.Subject], _ call: Call) -> [Quota] {
        subjects.compactMap { subject in
            settings.quotas.limit(of: subject).map {
                Quota(subject, in: call.namespace, at: call.arrival, limit: $0)
            }
        }
    }
}

extension KMSError {
    /// One of these quotas is used up.
    static func limitExceeded(_ quotas: [Quota]) -> KMSError {
        let texts = quotas.map { quota in
            switch quota.subject {
            case .keys: "An account has \(quota.limit) keys in a region at most."
            case .aliases: "An account has \(quota.limit) aliases in a region at most."
            case .versions: "The keys of an account have \(quota.limit) versions in a region at most."
            case .versionsOfKey: "A key has \(quota.limit) versions at most."
            }
        }
        return .limitExceeded(texts.isEmpty ? "A quota of the account is used up." : texts.joined(separator: " "))
    }
}

extension Change.Step {
    /// The quota that the step keeps within, where it is such a step.
    var quota: Quota? { if case .keepWithin(let quota) = self { quota } else { nil } }
}
