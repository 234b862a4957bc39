package import KMSCore
internal import KMSCrypto

/// One way to the root key, format version 1 (`Documentation/RootKeySlots.md`):
/// `0x01 | kind | slot id (16) | public key (65) | u32 count, parameters | ephemeral key (65) | sealed root (48)`.
///
/// What guards the slot protects the private half of its key pair; the root is wrapped to the public half.
package struct RootKeySlot: Sendable, Equatable {
    /// What guards the private half.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// A file with the private half in the clear, readable by the server's user alone.
        case file = 1
        /// A passphrase, under which the private half is sealed (scrypt).
        case passphrase = 2
        /// A TPM 2.0, which alone can use the private half.
        case tpm = 3
        /// A token with a PKCS#11 module, which keeps the private half.
        case token = 4
        /// Shares of the private half, of which so many are needed.
        case shares = 5
    }

    package let kind: Kind
    package let id: UUIDBytes
    /// An uncompressed P-256 point, 65 bytes.
    package let publicKey: [UInt8]
    /// What the kind needs besides; empty for files.
    package let parameters: [UInt8]
    /// The public half of a key pair made for this wrapping alone.
    package let ephemeralKey: [UInt8]
    /// The root, encrypted, and its tag; 48 bytes.
    package let sealedRoot: [UInt8]

    private static let formatVersion: UInt8 = 1
    private static let parameterLimit = 4_096
    private static let sealedByteCount = RootKey.byteCount + AESGCM.tagByteCount
    /// Zeros: the wrapping key is derived for one message and never used again.
    private static let nonce = [UInt8](repeating: 0, count: AESGCM.Variant.plain.rawValue)

    /// The slot in `bytes`, or nil for anything that this format does not describe, an unknown kind included.
    package init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard
            reader.byte() == Self.formatVersion, let kind = reader.byte().flatMap(Kind.init(rawValue:)),
            let id = reader.bytes(16).flatMap(UUIDBytes.init(bytes:)),
            let publicKey = reader.bytes(P256KeyAgreement.publicKeyByteCount),
            let parameters = reader.countedBytes(atMost: Self.parameterLimit),
            let ephemeralKey = reader.bytes(P256KeyAgreement.publicKeyByteCount),
            let sealedRoot = reader.bytes(Self.sealedByteCount), reader.isAtEnd
        else { return nil }
        guard kind != .file || parameters.isEmpty else { return nil }
        self.init(
            kind: kind,
            id: id,
            publicKey: publicKey,
            parameters: parameters,
            ephemeralKey: ephemeralKey,
            sealedRoot: sealedRoot
        )
    }

    private init(
        kind: Kind,
        id: UUIDBytes,
        publicKey: [UInt8],
        parameters: [UInt8],
        ephemeralKey: [UInt8],
        sealedRoot: [UInt8]
    ) {
        self.kind = kind
        self.id = id
        self.publicKey = publicKey
        self.parameters = parameters
        self.ephemeralKey = ephemeralKey
        self.sealedRoot = sealedRoot
    }

    package var bytes: [UInt8] {
        Self.header(kind, id, publicKey, parameters, ephemeralKey) + sealedRoot
    }

    private static func header(
        _ kind: Kind,
        _ id: UUIDBytes,
        _ publicKey: [UInt8],
        _ parameters: [UInt8],
        _ ephemeralKey: [UInt8]
    ) -> [UInt8] {
        var bytes = [formatVersion, kind.rawValue]
        id.append(to: &bytes)
        bytes.append(contentsOf: publicKey)
        bytes.appendBigEndian(UInt32(parameters.count))
        bytes.append(contentsOf: parameters)
        bytes.append(contentsOf: ephemeralKey)
        return bytes
    }

    /// What the root is wrapped to.
    package var key: RootSlotKey { RootSlotKey(kind, id, publicKey: publicKey, parameters: parameters) }

    /// The same slot with another root in it.
    func wrapping(_ root: RootKey, of databaseID: UUIDBytes) throws(CryptoError) -> RootKeySlot {
        try Self.wrapping(root, of: databaseID, to: key)
    }

    /// Wraps `root` to `key`, which needs nothing of what guards the slot.
    static func wrapping(
        _ root: RootKey,
        of databaseID: UUIDBytes,
        to key: RootSlotKey
    ) throws(CryptoError) -> RootKeySlot {
        let ephemeral = try P256KeyAgreement.makeKeyPair()
        return try wrapping(root, of: databaseID, to: key, ephemeral: ephemeral.privateKey)
    }

    /// As above, with a private number that must never have been used before.
    static func wrapping(
        _ root: RootKey,
        of databaseID: UUIDBytes,
        to key: RootSlotKey,
        ephemeral: borrowing SecretBytes
    ) throws(CryptoError) -> RootKeySlot {
        let ephemeralKey = try P256KeyAgreement.publicKey(of: ephemeral)
        let shared = try P256KeyAgreement.agree(ephemeral, with: key.publicKey)
        let header = header(key.kind, key.id, key.publicKey, key.parameters, ephemeralKey)
        let data = associatedData(databaseID, root.generation, header)
        let wrappingKey = try wrappingKey(shared, data)
        var sealed: [UInt8] = []
        try wrappingKey.withBytes { wrappingKey throws(CryptoError) in
            try root.withBytes { root throws(CryptoError) in
                try AESGCM.seal(root, .plain, key: wrappingKey, nonce: nonce[...], authenticating: data, into: &sealed)
            }
        }
        return RootKeySlot(
            kind: key.kind,
            id: key.id,
            publicKey: key.publicKey,
            parameters: key.parameters,
            ephemeralKey: ephemeralKey,
            sealedRoot: sealed
        )
    }

    /// The root, or nil if `shared` is not what the slot's guard agrees on, or slot, database or generation were changed.
    func unwrap(
        with shared: borrowing SecretBytes,
        of databaseID: UUIDBytes,
        generation: UInt32
    ) -> RootKey? {
        let header = Self.header(kind, id, publicKey, parameters, ephemeralKey)
        let data = Self.associatedData(databaseID, generation, header)
        do {
            let key = try Self.wrappingKey(shared, data)
            let secret = try key.withBytes { key throws(AuthenticationFailure) in
                try AESGCM.open(
                    sealedRoot[...],
                    .plain,
                    key: key,
                    nonce: Self.nonce[...],
                    authenticating: data
                )
            }
            return RootKey(generation: generation, secret: secret)
        } catch { return nil }
    }

    private static func associatedData(_ databaseID: UUIDBytes, _ generation: UInt32, _ header: [UInt8]) -> [UInt8] {
        var data = databaseID.bytes
        data.appendBigEndian(generation)
        data.append(contentsOf: header)
        return data
    }

    /// Bound to both public keys and the slot through `data`, so that no other exchange leads to the same key.
    private static func wrappingKey(
        _ shared: borrowing SecretBytes,
        _ data: [UInt8]
    ) throws(CryptoError) -> SecretBytes {
        try shared.withBytes { shared throws(CryptoError) in
            try HKDF.derive(from: shared, info: Array("keyhold root slot v1".utf8) + data, byteCount: 32)
        }
    }
}
