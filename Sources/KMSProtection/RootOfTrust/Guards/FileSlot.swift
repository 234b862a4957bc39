internal import KMSCore
internal import KMSCrypto

/// The guard of a file slot: the private half of its key pair, in a file that only the server's user may read
/// (`Documentation/RootKeySlots.md`): `0x01 | slot id (16) | private number (32)`.
struct FileSlot: ~Copyable {
    let id: UUIDBytes
    /// 32 bytes.
    let privateKey: SecretBytes

    static let byteCount = 49
    private static let formatVersion: UInt8 = 1

    /// A new key pair for a slot of that id.
    static func make(_ id: UUIDBytes) throws(CryptoError) -> FileSlot {
        FileSlot(id: id, privateKey: try P256KeyAgreement.makePrivateKey())
    }

    /// The guard that a file's bytes describe, or nil for anything else.
    static func parsing(_ file: borrowing SecretBytes) -> FileSlot? {
        guard file.byteCount == byteCount else { return nil }
        return file.withBytes { bytes in
            let header = (0..<17).map { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
            guard header[0] == formatVersion, let id = UUIDBytes(bytes: header[1...]) else { return nil }
            let privateKey = SecretBytes(copying: bytes.extracting(17..<byteCount))
            // Zero and numbers past the order are no private keys.
            guard (try? P256KeyAgreement.publicKey(of: privateKey)) != nil else { return nil }
            return FileSlot(id: id, privateKey: privateKey)
        }
    }

    func publicKey() throws(CryptoError) -> [UInt8] { try P256KeyAgreement.publicKey(of: privateKey) }

    /// The content of the file.
    func file() -> SecretBytes {
        privateKey.withBytes { privateKey in
            SecretBytes(byteCount: Self.byteCount) { output in
                output.append(Self.formatVersion)
                for byte in id.bytes { output.append(byte) }
                for offset in privateKey.byteOffsets {
                    unsafe output.append(privateKey.unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self))
                }
            }
        }
    }
}
