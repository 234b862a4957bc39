package import KMSCore
package import KMSCrypto

/// The key above all others: 32 bytes, of one generation. It is never used itself, only to derive.
package struct RootKey: Sendable {
    /// From 1; a rotation counts it up.
    package let generation: UInt32
    private let secret: SecretBox

    static let byteCount = 32

    /// - Parameter secret: 32 bytes.
    package init(generation: UInt32, secret: consuming SecretBytes) {
        precondition(secret.byteCount == Self.byteCount)
        self.generation = generation
        self.secret = SecretBox(secret)
    }

    /// The key under which records of one purpose are sealed; 32 bytes.
    func recordKey(for purpose: RecordPurpose) throws(CryptoError) -> SecretBytes {
        try derive("keyhold sealed record v1", [purpose.rawValue])
    }

    /// The key that marks of used nonces are made with, so that a reader of the database learns no nonce; 32 bytes.
    package func replayMarkKey() throws(CryptoError) -> SecretBox {
        SecretBox(try derive("keyhold replay marks v1"))
    }

    /// The key that the first keys of the audit trail's lanes are derived from; 32 bytes.
    func auditKey() throws(CryptoError) -> SecretBox {
        SecretBox(try derive("keyhold audit trail v1"))
    }

    /// The key that import tokens are authenticated with; 32 bytes.
    func importTokenKey() throws(CryptoError) -> SecretBox {
        SecretBox(try derive("keyhold import token v1"))
    }

    /// The pair with which this root names its successor.
    func signingKey() throws(CryptoError) -> PrivateKey {
        // One in 2^32 numbers is no private key of the curve.
        for attempt in UInt8.min...UInt8.max {
            let number = try derive("keyhold root signature v1", [attempt])
            guard let point = try? P256KeyAgreement.publicKey(of: number),
                let publicKey = try? PublicKey(.ecP256, point: point)
            else { continue }
            return try PrivateKey(.ecP256, numbers: number, publicKey: publicKey)
        }
        throw CryptoError("No signing pair follows from the root key.")
    }

    /// Tells this root from every other and tells nothing of it: SHA-256 of the point that verifies what it signs; 32
    /// bytes.
    func fingerprint() throws(CryptoError) -> [UInt8] { SHA256.digest(try signingKey().publicKey.point) }

    /// HMAC-SHA-256 of a slot table under a key of its own; 32 bytes.
    func authenticationCode(databaseID: UUIDBytes, slots: [[UInt8]]) throws(CryptoError) -> [UInt8] {
        let message = Self.tableMessage(databaseID: databaseID, generation: generation, slots: slots)
        let key = try derive("keyhold slot table v1")
        return key.withBytes { HMACSHA256.code(key: $0, message: message) }
    }

    /// The injective form of a slot table that its code authenticates.
    static func tableMessage(databaseID: UUIDBytes, generation: UInt32, slots: [[UInt8]]) -> [UInt8] {
        var message: [UInt8] = [1]
        databaseID.append(to: &message)
        message.appendBigEndian(generation)
        message.appendBigEndian(UInt32(slots.count))
        for slot in slots {
            message.appendBigEndian(UInt32(slot.count))
            message.append(contentsOf: slot)
        }
        return message
    }

    /// Shows the root to whoever wraps it for a slot.
    func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        try secret.withBytes(body)
    }

    /// HKDF with the label, the generation and what else tells the derived key apart.
    private func derive(_ label: StaticString, _ suffix: [UInt8] = []) throws(CryptoError) -> SecretBytes {
        var info = Array("\(label)".utf8)
        info.appendBigEndian(generation)
        info.append(contentsOf: suffix)
        return try secret.withBytes { secret throws(CryptoError) in
            try HKDF.derive(from: secret, info: info, byteCount: 32)
        }
    }
}
