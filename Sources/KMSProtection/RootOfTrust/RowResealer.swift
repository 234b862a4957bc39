internal import KMSCore
internal import KMSCrypto

/// Seals records anew under the current generation of the root, for the row that they were sealed for.
struct RowResealer: Sendable {
    private let ring: RootKeyRing

    init(_ ring: RootKeyRing) { self.ring = ring }

    /// The row with a record of the current generation.
    ///
    /// - Throws: as ``RecordSealer/open(_:binding:)`` where the record is not this row's.
    func reseal(_ row: SealedRow) throws(VaultError) -> ResealedRow {
        let (purpose, fields) = Self.binding(of: row)
        let sealer = RecordSealer(purpose, under: ring)
        let secret = try sealer.open(row.record, binding: fields)
        return ResealedRow(row: row, record: try sealer.seal(secret, binding: fields))
    }

    private static func binding(of row: SealedRow) -> (RecordPurpose, [[UInt8]]) {
        switch row {
        case .material(let version):
            (.keyVersion, RecordFields.keyVersion(version.identity, publicKeyDigest: digest(of: version)))
        case .materialCheck(let version):
            (.materialCheck, RecordFields.keyVersion(version.identity, publicKeyDigest: []))
        case .certificateKey(let version):
            (.certificateKey, RecordFields.certificateKey(version.identity, publicKeyDigest: digest(of: version)))
        case .importPair(let pair):
            (.importPair, RecordFields.importPair(pair.identity, publicKeyDigest: SHA256.digest(pair.publicKey)))
        case .accessKey(let key):
            (
                .accessKeySecret,
                RecordFields.accessKeySecret(
                    account: key.account,
                    principal: key.identity.description,
                    accessKeyID: key.id
                )
            )
        case .auditKey(let key): (.auditKey, RecordFields.auditKey(publicKeyDigest: SHA256.digest(key.publicKey)))
        case .lastingKey(let key): (.lastingKey, RecordFields.lastingKey(key.use, generation: key.generation))
        }
    }

    private static func digest(of version: KeyVersion) -> [UInt8] {
        version.publicKey.map { SHA256.digest($0) } ?? []
    }
}

extension SealedRow {
    /// Names the row where it does not open, for the log.
    var description: String {
        switch self {
        case .material(let version): "the material of key version \(version.id)"
        case .materialCheck(let version): "the check value of key version \(version.id)"
        case .certificateKey(let version): "the private key of certificate \(version.identity.key)"
        case .importPair(let pair): "the private key of import token \(pair.id)"
        case .accessKey(let key): "the secret of access key \(key.id)"
        case .auditKey: "the key that signs the audit trail"
        case .lastingKey(let key): "the key \(key.use.rawValue) of generation \(key.generation)"
        }
    }
}
