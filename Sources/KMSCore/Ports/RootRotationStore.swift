/// Where the rotation of the server's root key is remembered (`Documentation/RootKeySlots.md`), and where everything is
/// that is sealed under it.
///
/// From the begin of a rotation to its end what is sealed under either generation may be written. Before and after,
/// what names another generation than the slot table's is refused as ``StoreError/conflict`` by every change, so that
/// no row is left behind that nobody can open.
package protocol RootRotationStore: SlotStore {
    /// The rotation that is under way, or nil.
    func rootRotation() async throws(StoreError) -> StoredRootRotation?
    /// The succession records that generations since `generation` have signed, oldest first.
    func rootSuccessions(since generation: UInt32) async throws(StoreError) -> [[UInt8]]
    /// In one transaction: replaces the server's slot table, and keeps the succession, the rotation and the keys.
    /// ``StoreError/conflict`` where that is not the table any more, or where a rotation is under way.
    func beginRootRotation(_ start: RootRotationStart) async throws(StoreError)
    /// Has no token of the previous generation accepted any more. No error where no rotation is under way.
    func endPreviousTokens() async throws(StoreError)
    /// Rows of one kind whose record names `generation`, after the row of that number, in the order of these numbers;
    /// retired keys' as well. Without those that the key process holds: they are sealed under its own root.
    func sealedRows(
        _ kind: SealedRow.Kind,
        under generation: UInt32,
        after number: Int64,
        limit: Int
    ) async throws(StoreError) -> [NumberedSealedRow]
    /// How many records name `generation`, of all kinds.
    func sealedRowCount(under generation: UInt32) async throws(StoreError) -> Int
    /// Puts each new record in the place of the one that was read, in one transaction. A row whose record has changed
    /// meanwhile, or is gone, stays as it is.
    func reseal(_ rows: [ResealedRow]) async throws(StoreError)
    /// Forgets the root key of the generation before, in one transaction that makes sure that nothing names it, and
    /// returns when the bytes of everything that was sealed under it are gone from the database's files.
    /// ``StoreError/conflict`` while a row names it.
    func endRootRotation(of generation: UInt32) async throws(StoreError)
    func lastingKeys() async throws(StoreError) -> [LastingKey]
}

/// A rotation that is under way.
package struct StoredRootRotation: Sendable, Equatable {
    /// The generation that is being left.
    package let generation: UInt32
    /// The root of that generation, sealed under the one that follows it.
    package let sealedRoot: [UInt8]
    package let beganAt: Timestamp
    /// Until when tokens of that generation are accepted; nil where none are.
    package let tokensUntil: Timestamp?

    package init(generation: UInt32, sealedRoot: [UInt8], beganAt: Timestamp, tokensUntil: Timestamp?) {
        self.generation = generation
        self.sealedRoot = sealedRoot
        self.beganAt = beganAt
        self.tokensUntil = tokensUntil
    }
}

/// All that the begin of a rotation writes.
package struct RootRotationStart: Sendable {
    /// Of the new generation.
    package let table: SlotTable
    /// The authentication code of the table that it replaces.
    package let replaced: [UInt8]
    package let rotation: StoredRootRotation
    /// What the generation that is being left has signed.
    package let succession: [UInt8]
    /// Keys of that generation which are needed after it.
    package let lastingKeys: [LastingKey]

    package init(
        table: SlotTable,
        replaced: [UInt8],
        rotation: StoredRootRotation,
        succession: [UInt8],
        lastingKeys: [LastingKey]
    ) {
        self.table = table
        self.replaced = replaced
        self.rotation = rotation
        self.succession = succession
        self.lastingKeys = lastingKeys
    }
}

/// A key that was derived from an earlier generation of the root and is needed for longer; sealed.
package struct LastingKey: Sendable, Equatable {
    package enum Use: String, Sendable, CaseIterable {
        /// The first keys of lanes that began under that generation come from it.
        case auditTrail = "audit-trail"
        /// Marks of used nonces are made with it, whatever the generation.
        case replayMarks = "replay-marks"
    }

    package let use: Use
    /// The generation that it was derived from.
    package let generation: UInt32
    package let sealedKey: [UInt8]

    package init(use: Use, generation: UInt32, sealedKey: [UInt8]) {
        self.use = use
        self.generation = generation
        self.sealedKey = sealedKey
    }
}

/// A record that is sealed under the root key, with the row that it belongs to.
package enum SealedRow: Sendable, Equatable {
    package enum Kind: Sendable, CaseIterable {
        /// Material and checks.
        case versions
        case certificates
        case importPairs
        case accessKeys
        case auditKey
        case lastingKeys
    }

    case material(KeyVersion)
    case materialCheck(KeyVersion)
    /// The private key of a certificate.
    case certificateKey(KeyVersion)
    case importPair(ImportPair)
    case accessKey(AccessKey)
    case auditKey(AuditKeyRecord)
    case lastingKey(LastingKey)

    /// The record's bytes; empty where the row has none.
    package var record: [UInt8] {
        switch self {
        case .material(let version), .certificateKey(let version): version.sealedMaterial ?? []
        case .materialCheck(let version): version.sealedCheck ?? []
        case .importPair(let pair): pair.sealedPrivateKey
        case .accessKey(let key): key.sealedSecret
        case .auditKey(let key): key.sealedPrivateKey
        case .lastingKey(let key): key.sealedKey
        }
    }
}

/// A row with the number by which a walk through all rows of its kind goes on.
package struct NumberedSealedRow: Sendable {
    package let number: Int64
    package let row: SealedRow

    package init(number: Int64, row: SealedRow) {
        self.number = number
        self.row = row
    }
}

/// A row as it was read, and the record that is to be in it.
package struct ResealedRow: Sendable {
    package let row: SealedRow
    package let record: [UInt8]

    package init(row: SealedRow, record: [UInt8]) {
        self.row = row
        self.record = record
    }
}

/// What every sealed record begins with (`Documentation/SealedRecords.md`), for whoever keeps them and cannot open them.
package enum SealedRecordHeader {
    package static let formatVersion: UInt8 = 1

    /// The generation of the root key that a record names; nil for bytes that are no record of this format.
    package static func generation(of record: [UInt8]) -> UInt32? {
        guard record.count >= 6, record[0] == formatVersion else { return nil }
        return record[2..<6].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
