/// How a ciphertext is made; the second byte of every ciphertext.
package enum CiphertextAlgorithm: UInt8, Sendable, CaseIterable {
    /// XAES-256-GCM (C2SP): software AES keys.
    case xaes256GCM = 1
    /// AES-256-GCM: AES keys in an HSM.
    case aes256GCM = 2
    /// SM4-GCM (RFC 8998).
    case sm4GCM = 3

    /// Whether the messages under one key are counted, because its nonces are too short for any number of them.
    package var isMetered: Bool { self != .xaes256GCM }

    /// The length of the nonce in bytes.
    package var nonceByteCount: Int { self == .xaes256GCM ? 24 : 12 }
}

/// A symmetric ciphertext, format version 1 (`Documentation/Ciphertext.md`):
/// `0x01 | algorithm | key version id (16) | nonce | ciphertext | tag (16)`.
///
/// What parses serialises to the very same bytes: the value *is* the bytes.
package struct CiphertextBlob: Sendable, Equatable {
    package let bytes: [UInt8]
    package let algorithm: CiphertextAlgorithm
    package let version: KeyVersionID

    /// The length of what stands before the nonce, in bytes.
    package static let headerByteCount = 18
    package static let tagByteCount = 16
    private static let formatVersion: UInt8 = 1

    /// The ciphertext in `bytes`, or nil for anything that this format does not describe.
    package init?(parsing bytes: [UInt8]) {
        guard
            bytes.count >= Self.headerByteCount, bytes[0] == Self.formatVersion,
            let algorithm = CiphertextAlgorithm(rawValue: bytes[1]),
            bytes.count >= Self.headerByteCount + algorithm.nonceByteCount + Self.tagByteCount,
            let uuid = UUIDBytes(bytes: bytes[2..<Self.headerByteCount])
        else { return nil }
        self.bytes = bytes
        self.algorithm = algorithm
        self.version = KeyVersionID(uuid)
    }

    /// The first bytes of every ciphertext of a version.
    package static func header(_ algorithm: CiphertextAlgorithm, _ version: KeyVersionID) -> [UInt8] {
        var header = [UInt8]()
        header.reserveCapacity(headerByteCount)
        header.append(formatVersion)
        header.append(algorithm.rawValue)
        version.uuid.append(to: &header)
        return header
    }

    /// What a ciphertext of this version in this context authenticates besides its plaintext.
    package static func associatedData(
        _ algorithm: CiphertextAlgorithm,
        _ version: KeyVersionID,
        _ context: EncryptionContext
    ) -> [UInt8] {
        var data = header(algorithm, version)
        context.appendAuthenticated(to: &data)
        return data
    }

    /// The nonce, ciphertext and tag.
    package var body: ArraySlice<UInt8> { bytes[Self.headerByteCount...] }
}
