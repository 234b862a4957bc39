private import Synchronization

/// Who asks, and what they may.
package struct Caller: Sendable {
    package let account: AccountID
    package let identity: Identity
    /// The identity by its name of the day, for people: `root`, `user/<name>`, `role/<name>/<session>`, `service/<code>`.
    package let principal: String
    /// Empty for the operator of the server, who signs nothing.
    package let accessKeyID: String
    /// The cloud service that acts for the account, in a role that trusts it; nil for everybody else.
    package let service: ServiceCode?
    /// What holds for a session besides what its role may; nil for everybody else.
    package let session: SessionBounds?
    package let authorizer: any Authorizer

    package init(
        account: AccountID,
        identity: Identity,
        principal: String,
        accessKeyID: String,
        service: ServiceCode? = nil,
        session: SessionBounds? = nil,
        authorizer: any Authorizer
    ) {
        self.account = account
        self.identity = identity
        self.principal = principal
        self.accessKeyID = accessKeyID
        self.service = service
        self.session = session
        self.authorizer = authorizer
    }

    /// The account itself, signing with that access key.
    package static func root(of account: AccountID, accessKeyID: String) -> Caller {
        Caller(
            account: account,
            identity: .root,
            principal: "root",
            accessKeyID: accessKeyID,
            authorizer: RootAuthorizer()
        )
    }
}

/// What holds for the session of a role besides what the role may.
package struct SessionBounds: Sendable, Equatable {
    /// From this second on the session is over.
    package let expiresAt: Timestamp
    /// Whether a session policy takes away from what the role may.
    package let isNarrowed: Bool

    package init(expiresAt: Timestamp, isNarrowed: Bool) {
        self.expiresAt = expiresAt
        self.isNarrowed = isNarrowed
    }
}

/// One request on its way: who asks, where and when, and what has been touched so far.
package final class Call: Sendable {
    package let requestID: UUIDBytes
    package let caller: Caller
    package let namespace: Namespace
    /// The operation's name.
    package let action: String
    /// The peer's address.
    package let source: String
    /// Whether the request came over TLS.
    package let isSecureTransport: Bool
    /// When the request arrived: the moment at which states and deadlines are judged.
    package let arrival: Timestamp
    /// The mark that a change made by this request must leave; nil inside the service.
    package let replay: ReplayMark?
    /// Whether the call is to be checked but not done.
    package let isDryRun: Bool

    private let trail = Mutex(Trail())

    private struct Trail {
        var resources: [String] = []
        var key: KeyID?
        var version: KeyVersionID?
        var isCommitted = false
    }

    package init(
        requestID: UUIDBytes,
        caller: Caller,
        namespace: Namespace,
        action: String,
        source: String,
        isSecureTransport: Bool = false,
        arrival: Timestamp,
        replay: ReplayMark?,
        isDryRun: Bool = false
    ) {
        self.requestID = requestID
        self.caller = caller
        self.namespace = namespace
        self.action = action
        self.source = source
        self.isSecureTransport = isSecureTransport
        self.arrival = arrival
        self.replay = replay
        self.isDryRun = isDryRun
    }

    /// Notes that a resource was tested; the audit record names the first 60, each once.
    package func touch(_ resource: ResourceName) {
        trail.withLock {
            guard $0.resources.count < 60, !$0.resources.contains(resource.description) else { return }
            $0.resources.append(resource.description)
        }
    }

    /// Notes the key and version that the answer names.
    package func touch(_ key: KeyID, version: KeyVersionID? = nil) {
        trail.withLock {
            $0.key = key
            $0.version = version ?? $0.version
        }
    }

    /// Notes that a change was made whose transaction holds this call's record.
    package func noteCommit() { trail.withLock { $0.isCommitted = true } }

    /// Whether a change was made whose transaction holds this call's record.
    package var isCommitted: Bool { trail.withLock { $0.isCommitted } }

    /// Whether the caller may perform `action`, such as `kms:Encrypt`, on `resource`, and why.
    package func decide(_ action: String, on resource: Resource) -> Decision {
        caller.authorizer.decide(
            AccessQuestion(
                action: action,
                resource: resource.name.description,
                conditions: RequestConditions(
                    time: arrival,
                    source: source,
                    isSecureTransport: isSecureTransport,
                    tags: resource.tags
                )
            )
        )
    }

    /// The record of this call as it stands.
    package func record(_ error: KMSError?, at now: Timestamp) -> AuditRecord {
        let (resources, key, version) = trail.withLock { ($0.resources, $0.key, $0.version) }
        return AuditRecord(
            time: arrival,
            requestID: requestID,
            account: caller.account,
            principal: caller.principal,
            principalID: caller.identity.description,
            accessKeyID: caller.accessKeyID.isEmpty ? nil : caller.accessKeyID,
            region: namespace.region,
            source: source,
            action: action,
            resources: resources,
            key: key,
            version: version,
            outcome: error.outcome,
            errorCode: error?.code,
            duration: max(0, now.microseconds(since: arrival))
        )
    }
}

extension KMSError? {
    /// How an answer counts: none is success, an error by its status.
    package var outcome: AuditRecord.Outcome {
        guard let self else { return .success }
        return self.status >= 500 ? .failed : .refused
    }
}
