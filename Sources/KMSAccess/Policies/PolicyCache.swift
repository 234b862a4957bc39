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
///
/// Two generations: what is used moves to the young one; when that is full it becomes the old one, and what the old
/// one still held is let go.
package final class PolicyCache: Sendable {
    private struct Generations {
        var young: [PolicyVersionKey: CompiledPolicy] = [:]
        var old: [PolicyVersionKey: CompiledPolicy] = [:]
    }

    private let generations = Mutex(Generations())
    private let generationSize: Int

    /// - Parameter capacity: the most policies held; at least 2.
    package init(capacity: Int) {
        generationSize = max(1, capacity / 2)
    }

    /// The compiled policy of a version.
    ///
    /// - Parameter document: the version's document, asked for only where it must be compiled.
    package func policy(
        _ key: PolicyVersionKey,
        document: @autoclosure () -> String
    ) throws(PolicyDocumentError) -> CompiledPolicy {
        if let policy = remembered(key) { return policy }
        // Outside the lock: those who come for the same policy at the same time compile it too, and wait for nobody.
        let policy = CompiledPolicy(try PolicyDocument(document()))
        generations.withLock { insert(policy, as: key, into: &$0) }
        return policy
    }

    private func remembered(_ key: PolicyVersionKey) -> CompiledPolicy? {
        generations.withLock { generations in
            if let policy = generations.young[key] { return policy }
            guard let policy = generations.old[key] else { return nil }
            insert(policy, as: key, into: &generations)
            return policy
        }
    }

    private func insert(_ policy: CompiledPolicy, as key: PolicyVersionKey, into generations: inout Generations) {
        generations.old[key] = nil
        generations.young[key] = policy
        guard generations.young.count >= generationSize else { return }
        generations.old = generations.young
        generations.young = [:]
    }
}
