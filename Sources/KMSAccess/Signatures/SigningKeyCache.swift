internal import KMSCore
internal import Synchronization

/// Opened secrets of access keys that were used of late, wiped when they fall out.
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

    private let entries: Mutex<RecentlyUsed<String, Entry>>

    /// - Parameter capacity: the most secrets held; at least 2.
    init(capacity: Int) { entries = Mutex(RecentlyUsed(capacity: capacity)) }

    /// The signing key of `accessKey` as it stands in the store, or nil where it is not here.
    func key(of accessKey: AccessKey) -> SigningKey? {
        guard let entry = entries.withLock({ $0.value(of: accessKey.id) }), entry.isOf(accessKey) else { return nil }
        return entry.key
    }

    func insert(_ key: SigningKey, of accessKey: AccessKey) {
        entries.withLock { $0.insert(Entry(accessKey: accessKey, key: key), for: accessKey.id) }
    }

    /// Lets go of the access key's secret; requests under way keep it until they are done.
    func forget(_ accessKeyID: String) { entries.withLock { $0.remove(accessKeyID) } }
}
