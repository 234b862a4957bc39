internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// A key's row, to and from its columns.
enum KeyRow {
    static let columns = """
        id, account, region, spec, usage, origin, level, creator, creator_type, created_at, description, is_disabled, \
        delete_at, has_material, material_expires_at, primary_version, last_rotation, rotation_interval, \
        is_deletion_protected, deletion_protection_description, revision, backend
        """

    static let insert = SQLStatement(
        "INSERT INTO keys (\(columns)) VALUES (\((1...22).map { "$\($0)" }.joined(separator: ", ")))"
    )

    static let update = SQLStatement(
        """
        UPDATE keys SET description = $3, is_disabled = $4, delete_at = $5, has_material = $6,
            material_expires_at = $7, primary_version = $8, last_rotation = $9, rotation_interval = $10,
            is_deletion_protected = $11, deletion_protection_description = $12, revision = $13
        WHERE id = $1 AND revision = $2 AND is_retired = 0
        """
    )

    static func insertArguments(_ key: Key) -> [(any DatabaseValueConvertible)?] {
        [
            key.id.uuid.column, key.namespace.account.description, key.namespace.region.description,
            key.spec.rawValue, key.usage.rawValue, key.origin.rawValue, key.level.rawValue, key.creator,
            key.creatorType.rawValue, key.createdAt.microseconds, key.description, key.isDisabled ? 1 : 0,
            key.deleteAt?.microseconds, key.hasMaterial ? 1 : 0, key.materialExpiresAt?.microseconds,
            key.primaryVersion?.uuid.column, key.lastRotation.microseconds, key.rotationInterval,
            key.isDeletionProtected ? 1 : 0, key.deletionProtectionDescription, key.revision, key.backend,
        ]
    }

    static func updateArguments(from old: Key, to new: Key) -> [(any DatabaseValueConvertible)?] {
        [
            old.id.uuid.column, old.revision, new.description, new.isDisabled ? 1 : 0, new.deleteAt?.microseconds,
            new.hasMaterial ? 1 : 0, new.materialExpiresAt?.microseconds, new.primaryVersion?.uuid.column,
            new.lastRotation.microseconds, new.rotationInterval, new.isDeletionProtected ? 1 : 0,
            new.deletionProtectionDescription, new.revision,
        ]
    }

    /// The key in a row that begins with ``columns``.
    static func key(_ row: Row) throws -> Key {
        guard let account = AccountID(row[1]), let region = RegionID(row[2]),
            let spec = KeySpec(rawValue: row[3]), let usage = KeyUsage(rawValue: row[4]),
            let origin = KeyOrigin(rawValue: row[5]), let level = ProtectionLevel(rawValue: row[6]),
            let creatorType = CreatorType(rawValue: row[8])
        else { throw DamagedRow() }
        let primary: Data? = row[15]
        return Key(
            id: KeyID(try UUIDBytes(column: row[0])),
            namespace: Namespace(account: account, region: region),
            spec: spec,
            usage: usage,
            origin: origin,
            level: level,
            backend: row[21],
            creator: row[7],
            creatorType: creatorType,
            createdAt: Timestamp(microseconds: row[9]),
            description: row[10],
            isDisabled: row[11],
            deleteAt: (row[12] as Int64?).map { Timestamp(microseconds: $0) },
            hasMaterial: row[13],
            materialExpiresAt: (row[14] as Int64?).map { Timestamp(microseconds: $0) },
            primaryVersion: try primary.map { KeyVersionID(try UUIDBytes(column: $0)) },
            lastRotation: Timestamp(microseconds: row[16]),
            rotationInterval: row[17],
            isDeletionProtected: row[18],
            deletionProtectionDescription: row[19],
            revision: row[20]
        )
    }
}
