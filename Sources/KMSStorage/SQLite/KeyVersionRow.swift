internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// A version's row `v`, with the row `k` of its key, from their columns.
enum KeyVersionRow {
    static let columns = """
        v.id, v.algorithm, v.created_at, v.sealed_material, v.key_id, k.account, k.region, k.spec, k.usage, k.origin, \
        k.level, k.backend, v.public_key, v.sealed_check
        """

    /// The version in a row that begins with ``columns``.
    static func version(_ row: Row) throws -> KeyVersion {
        guard let account = AccountID(row[5]), let region = RegionID(row[6]), let spec = KeySpec(rawValue: row[7]),
            let usage = KeyUsage(rawValue: row[8]), let origin = KeyOrigin(rawValue: row[9]),
            let level = ProtectionLevel(rawValue: row[10])
        else { throw DamagedRow() }
        let algorithm: UInt8 = row[1]
        guard algorithm == 0 || CiphertextAlgorithm(rawValue: algorithm) != nil else { throw DamagedRow() }
        let material: Data = row[3]
        let publicKey: Data? = row[12]
        let check: Data? = row[13]
        let identity = VersionIdentity(
            id: KeyVersionID(try UUIDBytes(column: row[0])),
            key: KeyID(try UUIDBytes(column: row[4])),
            namespace: Namespace(account: account, region: region),
            spec: spec,
            usage: usage,
            origin: origin,
            level: level,
            backend: row[11],
            algorithm: CiphertextAlgorithm(rawValue: algorithm)
        )
        return KeyVersion(
            identity: identity,
            createdAt: Timestamp(microseconds: row[2]),
            publicKey: publicKey.map { Array($0) },
            sealedMaterial: material.allSatisfy { $0 == 0 } ? nil : Array(material),
            sealedCheck: check.map { Array($0) }
        )
    }
}
