internal import KMSCore

/// The keys of versions used lately, at most so many. The second-chance rule: what was used since the hand last
/// passed stays for another round.
///
/// A key that is dropped is wiped as soon as the last request that holds it is done.
struct OpenedVersions<OpenedKey: Sendable> {
    private struct Entry {
        let version: KeyVersion
        let key: OpenedKey
        var wasUsed: Bool
    }

    private let limit: Int
    private var entries: [Entry] = []
    private var positions: [KeyVersionID: Int] = [:]
    private var hand = 0
    /// Counts the calls of ``forget(_:)``: what was opened before one must not be remembered after it.
    private(set) var forgettings: UInt64 = 0

    /// - Parameter limit: at least 1.
    init(limit: Int) { self.limit = max(limit, 1) }

    var count: Int { entries.count }

    /// The key of exactly this version. One that shares nothing but the id was bound to something else: it must
    /// prove itself by being opened.
    mutating func key(of version: KeyVersion) -> OpenedKey? {
        guard let position = positions[version.id], entries[position].version == version else { return nil }
        entries[position].wasUsed = true
        return entries[position].key
    }

    mutating func remember(_ key: OpenedKey, of version: KeyVersion, openedAt forgettings: UInt64) {
        guard forgettings == self.forgettings else { return }
        let entry = Entry(version: version, key: key, wasUsed: false)
        if let position = positions[version.id] {
            entries[position] = entry
        } else if entries.count < limit {
            positions[version.id] = entries.count
            entries.append(entry)
        } else {
            while entries[hand].wasUsed {
                entries[hand].wasUsed = false
                hand = (hand + 1) % limit
            }
            positions[entries[hand].version.id] = nil
            positions[version.id] = hand
            entries[hand] = entry
            hand = (hand + 1) % limit
        }
    }

    mutating func forget(_ versions: [KeyVersionID]) {
        forgettings += 1
        for id in versions {
            guard let position = positions.removeValue(forKey: id) else { continue }
            let last = entries.removeLast()
            if position < entries.count {
                entries[position] = last
                positions[last.version.id] = position
            }
        }
        if hand >= entries.count { hand = 0 }
    }
}
