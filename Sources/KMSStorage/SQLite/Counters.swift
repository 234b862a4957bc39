internal import GRDB
internal import KMSCore

/// Counts of keys by what filters ask for, of aliases and of versions, kept in the transactions that change them: a listing's
/// TotalCount costs the same whatever there is to count.
enum Counters {
    static let aliases = "aliases"
    static let versions = "versions"

    /// What of a key decides which filters select it, apart from the clock.
    struct Bucket: Sendable, Equatable {
        let isDisabled: Bool
        let isPendingDeletion: Bool
        let hasMaterial: Bool
        let expires: Bool
        let spec: KeySpec
        let usage: KeyUsage
        let level: ProtectionLevel
        let creatorType: CreatorType

        var text: String {
            let facts = [isDisabled, isPendingDeletion, hasMaterial, expires].map { $0 ? "1" : "0" }.joined()
            return "keys|\(facts)|\(spec.rawValue)|\(usage.rawValue)|\(level.rawValue)|\(creatorType.rawValue)"
        }

        init(_ key: Key) {
            isDisabled = key.isDisabled
            isPendingDeletion = key.deleteAt != nil
            hasMaterial = key.hasMaterial
            expires = key.materialExpiresAt != nil
            spec = key.spec
            usage = key.usage
            level = key.level
            creatorType = key.creatorType
        }

        init?(_ text: String) {
            let parts = text.split(separator: "|")
            guard parts.count == 6, parts[0] == "keys", parts[1].utf8.count == 4,
                let spec = KeySpec(rawValue: "\(parts[2])"),
                let usage = KeyUsage(rawValue: "\(parts[3])"), let level = ProtectionLevel(rawValue: "\(parts[4])"),
                let creatorType = CreatorType(rawValue: "\(parts[5])")
            else { return nil }
            let facts = parts[1].map { $0 == "1" }
            (isDisabled, isPendingDeletion, hasMaterial, expires) = (facts[0], facts[1], facts[2], facts[3])
            (self.spec, self.usage, self.level, self.creatorType) = (spec, usage, level, creatorType)
        }

        /// Arguments `$6` to `$13` of ``KeyListing/alike``.
        var arguments: [(any DatabaseValueConvertible)?] {
            [
                isDisabled ? 1 : 0, isPendingDeletion ? 1 : 0, hasMaterial ? 1 : 0, expires ? 1 : 0, spec.rawValue,
                usage.rawValue, level.rawValue, creatorType.rawValue,
            ]
        }

        /// Whether `filter` selects the keys counted here while no clock has run out on them.
        func isSelected(by filter: KeyFilter) -> Bool {
            let state: KeyState =
                isPendingDeletion ? .pendingDeletion : !hasMaterial ? .pendingImport : isDisabled ? .disabled : .enabled
            return (filter.states?.contains(state) ?? true) && (filter.specs?.contains(spec) ?? true)
                && (filter.usages?.contains(usage) ?? true) && (filter.levels?.contains(level) ?? true)
                && (filter.creatorTypes?.contains(creatorType) ?? true)
        }
    }

    static func bucket(of key: Key) -> String { Bucket(key).text }

    private static let change = SQLStatement(
        """
        INSERT INTO counters (account, region, bucket, count) VALUES ($1, $2, $3, $4)
        ON CONFLICT (account, region, bucket) DO UPDATE SET count = count + $4
        """
    )
    private static let decrease = SQLStatement(
        "UPDATE counters SET count = count + $4 WHERE account = $1 AND region = $2 AND bucket = $3"
    )
    private static let all = SQLStatement("SELECT bucket, count FROM counters WHERE account = $1 AND region = $2")

    static func add(_ count: Int, to bucket: String, in namespace: Namespace, _ database: Database) throws {
        guard count != 0 else { return }
        try (count > 0 ? change : decrease).execute(
            database,
            [namespace.account.description, namespace.region.description, bucket, count]
        )
    }

    private static let one = SQLStatement(
        "SELECT count FROM counters WHERE account = $1 AND region = $2 AND bucket = $3"
    )

    static func count(of bucket: String, in namespace: Namespace, _ database: Database) throws -> Int {
        let place = [namespace.account.description, namespace.region.description, bucket]
        return try one.row(database, place)?[0] ?? 0
    }

    static func counts(in namespace: Namespace, _ database: Database) throws -> [(bucket: String, count: Int)] {
        try all.rows(database, [namespace.account.description, namespace.region.description]).map { ($0[0], $0[1]) }
    }
}
