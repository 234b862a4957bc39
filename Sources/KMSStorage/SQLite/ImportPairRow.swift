internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// An import pair's row, to and from its columns, and the statements that write it.
enum ImportPairRow {
    static let insert = SQLStatement(
        """
        INSERT INTO import_pairs
            (id, key_id, spec, algorithm, expires_at, public_key, sealed_private_key, tries_left)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """
    )
    static let exists = SQLStatement("SELECT 1 FROM import_pairs WHERE id = $1")
    static let takeTry = SQLStatement(
        "UPDATE import_pairs SET tries_left = tries_left - 1 WHERE id = $1 AND tries_left > 0"
    )
    static let returnTry = SQLStatement(
        "UPDATE import_pairs SET tries_left = tries_left + 1 WHERE id = $1 AND tries_left < $2"
    )
    static let delete = SQLStatement("DELETE FROM import_pairs WHERE id = $1")
    static let deleteOfKey = SQLStatement("DELETE FROM import_pairs WHERE key_id = $1")
    /// Zeros of the same length stay where the material was: SQLite moves no row for them, and so leaves no copy of
    /// one behind. No sealed record is all zeros.
    static let clearMaterial = SQLStatement(
        "UPDATE versions SET sealed_material = zeroblob(length(sealed_material)) WHERE id = $1 AND key_id = $2"
    )
    static let setMaterial = SQLStatement("UPDATE versions SET sealed_material = $3 WHERE id = $1 AND key_id = $2")

    static func insertArguments(_ key: ImportPair) -> [(any DatabaseValueConvertible)?] {
        [
            key.id.uuid.column, key.identity.key.uuid.column, key.identity.spec.rawValue,
            key.identity.algorithm.rawValue, key.identity.expiresAt.microseconds, Data(key.publicKey),
            Data(key.sealedPrivateKey), key.triesLeft,
        ]
    }

    static let columns = """
        w.id, w.key_id, k.account, k.region, k.level, k.backend, w.spec, w.algorithm, w.expires_at, w.public_key, \
        w.sealed_private_key, w.tries_left
        """

    /// The pair in a row that begins with ``columns``.
    static func importPair(_ row: Row) throws -> ImportPair {
        guard let account = AccountID(row[2]), let region = RegionID(row[3]),
            let level = ProtectionLevel(rawValue: row[4]), let spec = WrappingKeySpec(rawValue: row[6]),
            let algorithm = EncryptionAlgorithm(rawValue: row[7])
        else { throw DamagedRow() }
        let publicKey: Data = row[9]
        let sealedPrivateKey: Data = row[10]
        return ImportPair(
            identity: ImportPairIdentity(
                id: ImportTokenID(try UUIDBytes(column: row[0])),
                key: KeyID(try UUIDBytes(column: row[1])),
                namespace: Namespace(account: account, region: region),
                level: level,
                backend: row[5],
                spec: spec,
                algorithm: algorithm,
                expiresAt: Timestamp(microseconds: row[8])
            ),
            publicKey: Array(publicKey),
            sealedPrivateKey: Array(sealedPrivateKey),
            triesLeft: row[11]
        )
    }
}
