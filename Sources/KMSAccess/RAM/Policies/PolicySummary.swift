internal import KMSCore

/// What is told of a policy of either type.
struct PolicySummary: Sendable {
    let reference: PolicyReference
    let description: String
    let defaultVersion: Int
    let createdAt: Timestamp
    let updatedAt: Timestamp

    init(_ policy: Policy) {
        reference = policy.reference
        description = policy.description
        defaultVersion = policy.defaultVersion
        createdAt = policy.createdAt
        updatedAt = policy.updatedAt
    }

    init(_ policy: SystemPolicy, _ name: PolicyName) {
        self.init(system: name, description: policy.description)
    }

    /// A system policy that is attached although this server does not have it: a later one had.
    init(unknown name: PolicyName) { self.init(system: name, description: "") }

    private init(system name: PolicyName, description: String) {
        reference = PolicyReference(type: .system, name: name)
        self.description = description
        defaultVersion = SystemPolicy.version
        createdAt = SystemPolicy.createdAt
        updatedAt = SystemPolicy.createdAt
    }
}

/// A policy with its versions, oldest first; the one that counts is among them.
struct WholePolicy: Sendable {
    let summary: PolicySummary
    let versions: [PolicyVersion]

    func version(_ number: Int) throws(KMSError) -> PolicyVersion {
        guard let version = versions.first(where: { $0.number == number }) else { throw .policyVersionNotFound }
        return version
    }
}

extension AccessService {
    /// An account's own policy.
    func policy(named name: PolicyName, _ call: Call) async throws(KMSError) -> Policy {
        let policy = try await reading { () async throws(StoreError) in
            try await store.policy(named: name, in: call.caller.account)
        }
        guard let policy else { throw .policyNotFound }
        return policy
    }

    /// A policy of either type, with its versions.
    func wholePolicy(_ reference: PolicyReference, _ call: Call) async throws(KMSError) -> WholePolicy {
        switch reference.type {
        case .custom: return try await customPolicy(reference.name, call).whole
        case .system:
            guard let policy = SystemPolicies.policy(named: reference.name) else { throw .policyNotFound }
            let version = PolicyVersion(
                policy: policy.id,
                number: SystemPolicy.version,
                document: policy.document,
                createdAt: SystemPolicy.createdAt
            )
            return WholePolicy(summary: PolicySummary(policy, reference.name), versions: [version])
        }
    }

    /// An account's own policy and its versions, as they were at one moment.
    func customPolicy(
        _ name: PolicyName,
        _ call: Call
    ) async throws(KMSError) -> (policy: Policy, versions: [PolicyVersion], whole: WholePolicy) {
        try await repeating { () async throws(KMSError) in
            let policy = try await policy(named: name, call)
            let versions = try await reading { () async throws(StoreError) in
                try await store.policyVersions(of: policy.id)
            }
            // Every change of versions moves the policy's revision: the same one again means that none came between.
            guard try await self.policy(named: name, call).revision == policy.revision else { return nil }
            return (policy, versions, WholePolicy(summary: PolicySummary(policy), versions: versions))
        }
    }

    /// What is known of a policy of either type; nil where there is none.
    func summary(of reference: PolicyReference, in account: AccountID) async throws(KMSError) -> PolicySummary? {
        switch reference.type {
        case .system:
            return SystemPolicies.policy(named: reference.name)
                .map { PolicySummary($0, reference.name) }
        case .custom:
            return try await reading { () async throws(StoreError) in
                try await store.policy(named: reference.name, in: account).map { PolicySummary($0) }
            }
        }
    }
}

extension AccessParameters {
    /// The document of a policy, as it was given, which is what it is answered as.
    ///
    /// - Throws: `MalformedPolicyDocument`, with what is wrong with it.
    mutating func policyDocument() throws(KMSError) -> String {
        let text = try text("PolicyDocument", limit: AccessLimits.document)
        do { _ = try PolicyDocument(text) } catch { throw .malformedPolicy(error) }
        return text
    }
}

extension FieldWriter {
    mutating func policy(_ policy: PolicySummary) {
        text("PolicyName", policy.reference.name.description)
        text("PolicyType", policy.reference.type.rawValue)
        text("Description", policy.description)
        text("DefaultVersion", "v\(policy.defaultVersion)")
    }

    mutating func policyVersion(_ version: PolicyVersion, isDefault: Bool) {
        text("VersionId", "v\(version.number)")
        boolean("IsDefaultVersion", isDefault)
        date("CreateDate", version.createdAt)
        text("PolicyDocument", version.document)
    }
}
