/// How much an account may have in one region (spec 11); nil is as much as it likes.
package struct Quotas: Sendable, Equatable {
    /// Keys of the account's users, those whose window runs included. The keys of cloud services do not count.
    package var keys: Int?
    package var aliases: Int?
    /// Versions of all keys together.
    package var versions: Int?
    package var versionsPerAsymmetricKey: Int
    package var tagsPerResource: Int

    package init(
        keys: Int? = nil,
        aliases: Int? = nil,
        versions: Int? = nil,
        versionsPerAsymmetricKey: Int = Limits.versionsPerAsymmetricKey,
        tagsPerResource: Int = Limits.tagsPerResource
    ) {
        self.keys = keys
        self.aliases = aliases
        self.versions = versions
        self.versionsPerAsymmetricKey = versionsPerAsymmetricKey
        self.tagsPerResource = tagsPerResource
    }

    /// What Alibaba Cloud documents.
    package static let alibaba = Quotas(keys: 200, aliases: 300, versions: 10_000)

    /// The most that there may be of `subject`, or nil for no limit.
    package func limit(of subject: Quota.Subject) -> Int? {
        switch subject {
        case .keys: keys
        case .aliases: aliases
        case .versions: versions
        case .versionsOfKey: versionsPerAsymmetricKey
        }
    }
}

/// The most that there may be of something, judged in the transaction that makes one more.
package struct Quota: Sendable, Equatable {
    /// What is counted in a namespace. What belongs to a key counts until the key is gone.
    package enum Subject: Sendable, Hashable {
        case keys
        case aliases
        case versions
        case versionsOfKey(KeyID)
    }

    package let subject: Subject
    package let namespace: Namespace
    /// The moment at which keys are gone or not.
    package let moment: Timestamp
    package let limit: Int

    package init(_ subject: Subject, in namespace: Namespace, at moment: Timestamp, limit: Int) {
        self.subject = subject
        self.namespace = namespace
        self.moment = moment
        self.limit = limit
    }
}
