package import KMSCore

extension PolicyCache {
    /// What decides for a user or role with these grants, and for a session with its policy besides.
    ///
    /// Throws where a stored document is none, be it that a later server wrote it: then nothing may be allowed, because
    /// the denials in it are not known. A system policy that this server does not have allows nothing.
    package func authorizer(
        of grants: Grants,
        session: CompiledPolicy? = nil
    ) throws(PolicyDocumentError) -> PolicyAuthorizer {
        var policies: [NamedPolicy] = []
        policies.reserveCapacity(grants.system.count + grants.custom.count)
        for name in grants.system {
            guard let policy = SystemPolicies.policy(named: name) else { continue }
            policies.append(
                try named(
                    PolicyReference(type: .system, name: name),
                    PolicyVersionKey(policy: policy.id, version: SystemPolicy.version),
                    policy.document
                )
            )
        }
        for granted in grants.custom {
            policies.append(
                try named(
                    PolicyReference(type: .custom, name: granted.name),
                    PolicyVersionKey(policy: granted.version.policy, version: granted.version.number),
                    granted.version.document
                )
            )
        }
        return PolicyAuthorizer(policies: policies, session: session)
    }

    private func named(
        _ reference: PolicyReference,
        _ key: PolicyVersionKey,
        _ document: String
    ) throws(PolicyDocumentError) -> NamedPolicy {
        let version = "v\(key.version)"
        do {
            return NamedPolicy(
                name: reference.description,
                version: version,
                policy: try policy(key, document: document)
            )
        } catch {
            throw PolicyDocumentError("Policy \(reference) \(version)", error.description)
        }
    }
}
