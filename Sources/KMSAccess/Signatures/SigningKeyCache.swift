internal import KMSCore
internal import Synchronization

/// Opened secrets of access keys that were used of late, wiped when they fall out.
///
/// Two generations: what is used moves to the young one; when that is full it becomes the old one, and what the old
/// one still held is let go.
final class SigningKeyCache: Sendable {
    private struct Entry {
        /// What the secret was opened from: a key that was sealed anew is opened anew.
        let accessKey: AccessKey
        let key: SigningKey

        func isOf(_ other: AccessKey) -> Bool {
            // Arrays that share their storage compare at once.
            accessKey.sealedSecret == other.sealedSecret && accessKey.account == other.account
                && accessKey.identity == other.identity
        }
    }

    private struct Generations {
        var young: [String: Entry] = [:]
        var old: [String: Entry] = [:]
    }

    private let generations = Mutex(Generations())
    private let generationSize: Int

    /// - Parameter capacity: the most secrets held; at least 2.
    init(capacity: Int) {
        generationSize = max(1, capacity / 2)
    }

    /// The signing key of `accessKey` as it stands in the store, or nil where it is not here.
    func key(of accessKey: AccessKey) -> SigningKey? {
        generations.withLock { generations in
            if let entry = generations.young[accessKey.id] { return entry.isOf(accessKey) ? entry.key : nil }
            guard let entry = generations.old[accessKey.id], entry.isOf(accessKey) else { return nil }
            insert(entry, into: &generations)
            return entry.key
        }
    }

    func insert(_ key: SigningKey, of accessKey: AccessKey) {
        generations.withLock { insert(Entry(accessKey: accessKey, key: key), into: &$0) }
    }

    /// Lets go of the access key's secret; requests under way keep it until they are done.
    func forget(_ accessKeyID: String) {
        generations.withLock {
            $0.young[accessKeyID] = nil
            $0.old[accessKeyID] = nil
        }
    }

    private func insert(_ entry: Entry, into generations: inout Generations) {
        generations.old[entry.accessKey.id] = nil
        generations.young[entry.accessKey.id] = entry
        guard generations.young.count >= generationSize else { return }
        generations.old = generations.young
        generations.young = [:]
    }
}
