internal import FoundationEssentials
internal import GRDB
internal import KMSCore

/// The statements that find sealed records by the generation they name, and put others in their place.
enum SealedRowWalk {
    /// One table with sealed records: its rows, the records in them, and how they are read.
    private struct Table: Sendable {
        /// What stands behind FROM, with the condition that a row is one of the server's own.
        let source: String
        let own: String
        let number: String
        let records: [String]
        let columns: String

        /// Whether any of the records names generation `$1`, 4 bytes.
        private var names: String {
            "(" + records.map { Table.names($0) }.joined(separator: " OR ") + ")"
        }

        static func names(_ record: String) -> String {
            "(substr(\(record), 1, 1) = x'01' AND substr(\(record), 3, 4) = $1)"
        }

        var page: SQLStatement {
            SQLStatement(
                """
                SELECT \(columns), \(number) FROM \(source) WHERE \(own) AND \(number) > $2 AND \(names)
                ORDER BY \(number) LIMIT $3
                """
            )
        }

        var count: SQLStatement {
            let sum = records.map { "coalesce(sum(\(Table.names($0))), 0)" }.joined(separator: " + ")
            return SQLStatement("SELECT \(sum) FROM \(source) WHERE \(own)")
        }

        var any: SQLStatement { SQLStatement("SELECT EXISTS (SELECT 1 FROM \(source) WHERE \(own) AND \(names))") }
    }

    private static let notHeldApart = "backend <> '\(SlotTableName.hsm.rawValue)'"

    private static func table(_ kind: SealedRow.Kind) -> Table {
        switch kind {
        case .versions:
            Table(
                source: "versions v JOIN keys k ON k.id = v.key_id",
                own: "k.\(notHeldApart)",
                number: "v.sequence",
                records: ["v.sealed_material", "v.sealed_check"],
                columns: KeyVersionRow.columns
            )
        case .certificates:
            Table(
                source: "certificates",
                own: notHeldApart,
                number: "sequence",
                records: ["sealed_material"],
                columns: CertificateRow.columns
            )
        case .importPairs:
            Table(
                source: "import_pairs w JOIN keys k ON k.id = w.key_id",
                own: "k.\(notHeldApart)",
                number: "w.rowid",
                records: ["w.sealed_private_key"],
                columns: ImportPairRow.columns
            )
        case .accessKeys:
            Table(
                source: "access_keys",
                own: "1",
                number: "sequence",
                records: ["sealed_secret"],
                columns: AccessKeyRow.columns
            )
        case .auditKey:
            Table(
                source: "audit_key",
                own: "1",
                number: "one",
                records: ["sealed_private_key"],
                columns: "public_key, sealed_private_key, created_at"
            )
        case .lastingKeys:
            Table(
                source: "lasting_keys",
                own: "1",
                number: "rowid",
                records: ["sealed_key"],
                columns: "purpose, generation, sealed_key"
            )
        }
    }

    private static let pages = statements { $0.page }
    private static let counts = statements { $0.count }
    private static let anys = statements { $0.any }

    private static func statements(_ make: (Table) -> SQLStatement) -> [SealedRow.Kind: SQLStatement] {
        Dictionary(uniqueKeysWithValues: SealedRow.Kind.allCases.map { ($0, make(table($0))) })
    }

    static func rows(
        _ kind: SealedRow.Kind,
        under generation: UInt32,
        after number: Int64,
        limit: Int,
        _ database: Database
    ) throws -> [NumberedSealedRow] {
        let rows = try pages[kind]?.rows(database, [column(generation), number, limit]) ?? []
        return try rows.flatMap { row in
            let number: Int64 = row[row.count - 1]
            return try sealedRows(kind, row)
                .filter { SealedRecordHeader.generation(of: $0.record) == generation }
                .map { NumberedSealedRow(number: number, row: $0) }
        }
    }

    private static func sealedRows(_ kind: SealedRow.Kind, _ row: Row) throws -> [SealedRow] {
        switch kind {
        case .versions:
            let version = try KeyVersionRow.version(row)
            return [.material(version), .materialCheck(version)]
        case .certificates: return [.certificateKey(try CertificateRow.certificate(row).keyPair)]
        case .importPairs: return [.importPair(try ImportPairRow.importPair(row))]
        case .accessKeys: return [.accessKey(try AccessKeyRow.accessKey(row))]
        case .auditKey: return [.auditKey(AuditKeyRow.key(row))]
        case .lastingKeys: return [.lastingKey(try lastingKey(row))]
        }
    }

    static func lastingKey(_ row: Row) throws -> LastingKey {
        guard let use = LastingKey.Use(rawValue: row[0]) else { throw DamagedRow() }
        let sealed: Data = row[2]
        return LastingKey(use: use, generation: row[1], sealedKey: Array(sealed))
    }

    static func count(under generation: UInt32, _ database: Database) throws -> Int {
        try counts.values.reduce(0) { $0 + (try $1.row(database, [column(generation)])?[0] as Int? ?? 0) }
    }

    static func isAny(under generation: UInt32, _ database: Database) throws -> Bool {
        try anys.values.contains { try $0.row(database, [column(generation)])?[0] ?? true }
    }

    /// A generation as it stands in a record.
    private static func column(_ generation: UInt32) -> Data {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(generation)
        return Data(bytes)
    }

    // MARK: Replacing

    private static func update(_ table: String, _ record: String, _ place: String) -> SQLStatement {
        SQLStatement("UPDATE \(table) SET \(record) = $1 WHERE \(record) = $2 AND \(place)")
    }

    private static let material = update("versions", "sealed_material", "id = $3")
    private static let check = update("versions", "sealed_check", "id = $3")
    private static let certificate = update("certificates", "sealed_material", "id = $3")
    private static let importPair = update("import_pairs", "sealed_private_key", "id = $3")
    private static let accessKey = update("access_keys", "sealed_secret", "id = $3")
    private static let auditKey = update("audit_key", "sealed_private_key", "one = 1")
    private static let lastingKey = update("lasting_keys", "sealed_key", "purpose = $3 AND generation = $4")

    /// Puts the new record in the place of the old one, if that is there.
    static func replace(_ resealed: ResealedRow, _ database: Database) throws {
        let records: [(any DatabaseValueConvertible)?] = [Data(resealed.record), Data(resealed.row.record)]
        switch resealed.row {
        case .material(let version): try material.execute(database, records + [version.id.uuid.column])
        case .materialCheck(let version): try check.execute(database, records + [version.id.uuid.column])
        case .certificateKey(let pair): try certificate.execute(database, records + [pair.identity.key.uuid.column])
        case .importPair(let pair): try importPair.execute(database, records + [pair.id.uuid.column])
        case .accessKey(let key): try accessKey.execute(database, records + [key.id])
        case .auditKey: try auditKey.execute(database, records)
        case .lastingKey(let key):
            try lastingKey.execute(database, records + [key.use.rawValue, Int64(key.generation)])
        }
    }
}
