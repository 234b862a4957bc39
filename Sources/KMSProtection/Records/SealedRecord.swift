internal import KMSCore

/// What a sealed record holds. Each purpose has a key of its own, so that no record passes for another's.
enum RecordPurpose: UInt8, Sendable, CaseIterable {
    case keyVersion = 1
    case accessKeySecret = 2
    /// The private half of a pair that key material is wrapped to.
    case importPair = 3
    /// What imported material is known again by.
    case materialCheck = 4
    case certificateKey = 5
    case securityToken = 6
    /// The private half of the pair that signs the audit trail's checkpoints.
    case auditKey = 7
    /// The root key of the generation before, while a rotation is under way.
    case previousRoot = 8
    /// A key derived from an earlier generation of the root that is needed for longer.
    case lastingKey = 9
}

/// A sealed record, format version 1 (`Documentation/SealedRecords.md`):
/// `0x01 | purpose | root generation (4) | nonce (24) | ciphertext | tag (16)`.
///
/// What parses serialises to the very same bytes.
struct SealedRecord: Equatable {
    let purpose: RecordPurpose
    let generation: UInt32
    /// 24 bytes.
    let nonce: [UInt8]
    /// Ciphertext and tag.
    let sealed: [UInt8]

    static let formatVersion = SealedRecordHeader.formatVersion
    static let headerByteCount = 6
    static let nonceByteCount = 24
    static let tagByteCount = 16

    init(purpose: RecordPurpose, generation: UInt32, nonce: [UInt8], sealed: [UInt8]) {
        self.purpose = purpose
        self.generation = generation
        self.nonce = nonce
        self.sealed = sealed
    }

    /// The record in `bytes`, or nil for anything that this format does not describe.
    init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard
            reader.byte() == Self.formatVersion, let purpose = reader.byte().flatMap(RecordPurpose.init(rawValue:)),
            let generation = reader.uint32(), let nonce = reader.bytes(Self.nonceByteCount)
        else { return nil }
        let sealed = reader.remainder()
        guard sealed.count >= Self.tagByteCount else { return nil }
        self.init(purpose: purpose, generation: generation, nonce: nonce, sealed: sealed)
    }

    var bytes: [UInt8] { Self.header(purpose, generation) + nonce + sealed }

    static func header(_ purpose: RecordPurpose, _ generation: UInt32) -> [UInt8] {
        var header = [formatVersion, purpose.rawValue]
        header.appendBigEndian(generation)
        return header
    }

    /// What a record authenticates besides its secret: its own header, then every field after its length.
    ///
    /// Injective: the number of fields and the length of each come before their bytes.
    static func associatedData(_ purpose: RecordPurpose, _ generation: UInt32, _ fields: [[UInt8]]) -> [UInt8] {
        var data = header(purpose, generation)
        data.appendBigEndian(UInt32(fields.count))
        for field in fields {
            data.appendBigEndian(UInt32(field.count))
            data.append(contentsOf: field)
        }
        return data
    }
}

/// The fields that bind a record to what it is for, in the order in which they are authenticated.
enum RecordFields {
    /// - Parameter publicKeyDigest: SHA-256 of the public key; empty for symmetric keys.
    static func keyVersion(_ identity: VersionIdentity, publicKeyDigest: [UInt8]) -> [[UInt8]] {
        [
            Array(identity.namespace.account.description.utf8),
            Array(identity.namespace.region.description.utf8),
            identity.key.uuid.bytes,
            identity.id.uuid.bytes,
            Array(identity.spec.rawValue.utf8),
            Array(identity.usage.rawValue.utf8),
            Array(identity.origin.rawValue.utf8),
            Array(identity.level.rawValue.utf8),
            Array(identity.backend.utf8),
            [identity.algorithm?.rawValue ?? 0],
            publicKeyDigest,
        ]
    }

    static func importPair(_ identity: ImportPairIdentity, publicKeyDigest: [UInt8]) -> [[UInt8]] {
        [
            Array(identity.namespace.account.description.utf8),
            Array(identity.namespace.region.description.utf8),
            identity.key.uuid.bytes,
            identity.id.uuid.bytes,
            Array(identity.spec.rawValue.utf8),
            Array(identity.algorithm.rawValue.utf8),
            Array(identity.level.rawValue.utf8),
            Array(identity.backend.utf8),
            publicKeyDigest,
        ]
    }

    /// - Parameter publicKeyDigest: SHA-256 of the public key.
    static func certificateKey(_ identity: VersionIdentity, publicKeyDigest: [UInt8]) -> [[UInt8]] {
        [
            Array(identity.namespace.account.description.utf8),
            Array(identity.namespace.region.description.utf8),
            identity.key.uuid.bytes,
            Array(identity.spec.rawValue.utf8),
            Array(identity.level.rawValue.utf8),
            Array(identity.backend.utf8),
            publicKeyDigest,
        ]
    }

    /// - Parameter publicKeyDigest: SHA-256 of the public key.
    static func auditKey(publicKeyDigest: [UInt8]) -> [[UInt8]] { [publicKeyDigest] }

    /// - Parameter generation: of the root that is sealed.
    static func previousRoot(databaseID: UUIDBytes, generation: UInt32) -> [[UInt8]] {
        [databaseID.bytes, bytes(of: generation)]
    }

    /// - Parameter generation: that the key was derived from.
    static func lastingKey(_ use: LastingKey.Use, generation: UInt32) -> [[UInt8]] {
        [Array(use.rawValue.utf8), bytes(of: generation)]
    }

    private static func bytes(of generation: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(generation)
        return bytes
    }

    static func accessKeySecret(account: AccountID, principal: String, accessKeyID: String) -> [[UInt8]] {
        [Array(account.description.utf8), Array(principal.utf8), Array(accessKeyID.utf8)]
    }
}
