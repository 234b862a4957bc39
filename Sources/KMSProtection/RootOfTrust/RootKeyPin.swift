internal import KMSCore

/// What a node remembers of its root key, so that a substituted one is refused (`Documentation/RootKeySlots.md`):
/// `0x01 | database id (16) | generation (4) | fingerprint (32)`.
struct RootKeyPin: Equatable {
    let databaseID: UUIDBytes
    let generation: UInt32
    /// 32 bytes.
    let fingerprint: [UInt8]

    static let byteCount = 53
    private static let formatVersion: UInt8 = 1

    init(databaseID: UUIDBytes, generation: UInt32, fingerprint: [UInt8]) {
        self.databaseID = databaseID
        self.generation = generation
        self.fingerprint = fingerprint
    }

    init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard
            reader.byte() == Self.formatVersion, let databaseID = reader.bytes(16).flatMap(UUIDBytes.init(bytes:)),
            let generation = reader.uint32(), let fingerprint = reader.bytes(32), reader.isAtEnd
        else { return nil }
        self.init(databaseID: databaseID, generation: generation, fingerprint: fingerprint)
    }

    var bytes: [UInt8] {
        var bytes = [Self.formatVersion]
        databaseID.append(to: &bytes)
        bytes.appendBigEndian(generation)
        bytes.append(contentsOf: fingerprint)
        return bytes
    }
}
