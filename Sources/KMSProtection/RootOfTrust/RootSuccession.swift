internal import KMSCore
internal import KMSCrypto

/// What one generation of the root says of the next (`Documentation/RootKeySlots.md`):
/// `0x01 | database id (16) | generation (4) | public key (65) | fingerprint of the next (32) | signature`.
///
/// A node that remembers the one generation by its pin learns the next from it, and from nobody else.
struct RootSuccession: Equatable {
    let databaseID: UUIDBytes
    /// The generation that signs; the next is one more.
    let generation: UInt32
    /// The point that verifies the signature, of which the signing generation's fingerprint is the SHA-256; 65 bytes.
    let publicKey: [UInt8]
    /// The fingerprint of the next generation, 32 bytes.
    let successor: [UInt8]
    /// ECDSA on P-256 in DER, 8 to 72 bytes.
    let signature: [UInt8]

    private static let formatVersion: UInt8 = 1
    private static let label = "keyhold root succession v1"

    init(databaseID: UUIDBytes, generation: UInt32, publicKey: [UInt8], successor: [UInt8], signature: [UInt8]) {
        self.databaseID = databaseID
        self.generation = generation
        self.publicKey = publicKey
        self.successor = successor
        self.signature = signature
    }

    /// The record in `bytes`, or nil for anything that this format does not describe.
    init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard
            reader.byte() == Self.formatVersion, let databaseID = reader.bytes(16).flatMap(UUIDBytes.init(bytes:)),
            let generation = reader.uint32(), let publicKey = reader.bytes(65), let successor = reader.bytes(32)
        else { return nil }
        let signature = reader.remainder()
        guard (8...72).contains(signature.count) else { return nil }
        self.init(
            databaseID: databaseID,
            generation: generation,
            publicKey: publicKey,
            successor: successor,
            signature: signature
        )
    }

    var bytes: [UInt8] { Self.signed(databaseID, generation, publicKey, successor) + signature }

    /// Has `root` name `next`.
    static func make(
        from root: RootKey,
        to next: RootKey,
        of databaseID: UUIDBytes
    ) throws(CryptoError) -> RootSuccession {
        let key = try root.signingKey()
        let successor = try next.fingerprint()
        let message = signed(databaseID, root.generation, key.publicKey.point, successor)
        return RootSuccession(
            databaseID: databaseID,
            generation: root.generation,
            publicKey: key.publicKey.point,
            successor: successor,
            signature: try key.sign(digest(message), with: .ecdsaSHA256)
        )
    }

    /// Whether the generation that `pin` remembers has signed this record.
    func isSigned(by pin: RootKeyPin) -> Bool {
        guard databaseID == pin.databaseID, generation == pin.generation,
            SHA256.digest(publicKey) == pin.fingerprint, let key = try? PublicKey(.ecP256, point: publicKey)
        else { return false }
        let message = Self.signed(databaseID, generation, publicKey, successor)
        return key.verify(signature, of: Self.digest(message), with: .ecdsaSHA256)
    }

    /// Whether records that follow one another lead from one pin to the other.
    static func lead(from pin: RootKeyPin, to found: RootKeyPin, _ records: [[UInt8]]) -> Bool {
        var pin = pin
        for record in records where pin.generation < found.generation {
            guard let succession = RootSuccession(parsing: record), succession.isSigned(by: pin) else { return false }
            pin = RootKeyPin(
                databaseID: pin.databaseID,
                generation: pin.generation + 1,
                fingerprint: succession.successor
            )
        }
        return pin == found
    }

    private static func signed(
        _ databaseID: UUIDBytes,
        _ generation: UInt32,
        _ publicKey: [UInt8],
        _ successor: [UInt8]
    ) -> [UInt8] {
        var bytes = [formatVersion]
        databaseID.append(to: &bytes)
        bytes.appendBigEndian(generation)
        return bytes + publicKey + successor
    }

    private static func digest(_ message: [UInt8]) -> [UInt8] { SHA256.digest(Array(label.utf8) + message) }
}
