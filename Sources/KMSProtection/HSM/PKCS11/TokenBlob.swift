internal import KMSCore

/// A key as a token wrapped it, format version 1 (`Documentation/SealedRecords.md`):
/// `0x01 | generation of the wrapping key (4) | mechanism (4) | wrapped key`.
struct TokenBlob: Sendable, Equatable {
    let generation: UInt32
    /// The CKM number that it was wrapped with.
    let mechanism: UInt32
    let wrapped: [UInt8]

    private static let formatVersion: UInt8 = 1
    /// The longest wrapped key: a private key of RSA-3072 takes 1,800 bytes.
    private static let longest = 8_192

    init(generation: UInt32, mechanism: UInt32, wrapped: [UInt8]) {
        self.generation = generation
        self.mechanism = mechanism
        self.wrapped = wrapped
    }

    /// The blob in `bytes`, or nil for anything that this format does not describe.
    init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.byte() == Self.formatVersion, let generation = reader.uint32(), generation > 0,
            let mechanism = reader.uint32()
        else { return nil }
        let wrapped = reader.remainder()
        guard (16...Self.longest).contains(wrapped.count) else { return nil }
        self.init(generation: generation, mechanism: mechanism, wrapped: wrapped)
    }

    var bytes: [UInt8] {
        var bytes = [Self.formatVersion]
        bytes.appendBigEndian(generation)
        bytes.appendBigEndian(mechanism)
        return bytes + wrapped
    }
}
