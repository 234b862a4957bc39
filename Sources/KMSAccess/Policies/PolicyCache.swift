package import KMSCore
internal import Synchronization

/// Names one version of a policy. The document behind it never changes.
package struct PolicyVersionKey: Sendable, Hashable {
    package let policy: UUIDBytes
    /// From 1.
    package let version: Int

    package init(policy: UUIDBytes, version: Int) {
        self.policy = policy
        self.version = version
    }
}

/// Compiled policies that were used of late, each once for all who have it.
package final class PolicyCache: Sendable {
    private let policies: Mutex<RecentlyUsed<PolicyVersionKey, CompiledPolicy>>

    /// - Parameter byteCount: about what the policies held may take up in memory.
    package init(byteCount: Int = 64 << 20) {
        policies = Mutex(RecentlyUsed(capacity: byteCount) { $0.byteEstimate })
    }

    /// The compiled policy of a version.
    ///
    /// - Parameter document: the version's document, asked for only where it must be compiled.
    package func policy(
        _ key: PolicyVersionKey,
        document: @autoclosure () -> String
    ) throws(PolicyDocumentError) -> CompiledPolicy {
        if let policy = policies.withLock({ $0.value(of: key) }) { return policy }
        // Outside the lock: those who come for the same policy at the same time compile it too, and wait for nobody.
        let policy = CompiledPolicy(try PolicyDocument(document()))
        policies.withLock { $0.insert(policy, for: key) }
        return policy
    }
}
