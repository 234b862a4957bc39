package import KMSCore
internal import KMSCrypto

/// Opens slots whose private half only a PKCS#11 token can use.
///
/// The token's own object, found by the slot's id as its CKA_ID, does the ECDH (CKM_ECDH1_DERIVE); what both share leaves
/// the token, the private half never does.
package struct TokenGuard: RootKeyGuard {
    private let token: PKCS11Token

    package var kind: RootKeySlot.Kind { .token }

    package init(_ token: PKCS11Token) { self.token = token }

    /// A new key pair in the token, which has used it once.
    package func make(_ id: UUIDBytes) throws(RootKeyError) -> RootSlotKey {
        do throws(PKCS11Error) {
            defer { token.close() }
            let serial = try token.find().serial
            let publicKey = try token.perform { (connection) throws(PKCS11Error) in
                try connection.withWritingSession { (session) throws(PKCS11Error) in
                    try Self.makeKey(id, session)
                }
            }
            let parameters = TokenParameters(serial: Array(serial.utf8))
            return RootSlotKey(.token, id, publicKey: publicKey, parameters: parameters.bytes)
        } catch { throw RootKeyError(error.description) }
    }

    /// Takes back what ``make(_:)`` made.
    package func unmake(_ id: UUIDBytes) throws(RootKeyError) {
        do throws(PKCS11Error) {
            defer { token.close() }
            try token.perform { (connection) throws(PKCS11Error) in
                try connection.withWritingSession { (session) throws(PKCS11Error) in
                    for key in try session.findKeys(id: id.bytes, isPrivate: true) { try session.destroy(key) }
                }
            }
        } catch { throw RootKeyError(error.description) }
    }

    package func agree(for slot: RootKeySlot) async throws(RootKeyError) -> SecretBytes {
        guard let parameters = TokenParameters(parsing: slot.parameters) else {
            throw RootKeyError("Its parameters are damaged.")
        }
        do throws(PKCS11Error) {
            // The root is opened once: nobody stays logged in for it.
            defer { token.close() }
            guard Array(try token.find().serial.utf8) == parameters.serial else {
                throw PKCS11Error(
                    "The token that is there is not the one that made the slot: its serial number differs."
                )
            }
            return try token.perform { (connection) throws(PKCS11Error) in
                try connection.withSession { (session) throws(PKCS11Error) in
                    let keys = try session.findKeys(id: slot.id.bytes, isPrivate: true)
                    guard let key = keys.first, keys.count == 1 else {
                        throw PKCS11Error("The token has \(keys.isEmpty ? "no key" : "several keys") of the slot's id.")
                    }
                    return try session.agree(with: slot.ephemeralKey, under: key)
                }
            }
        } catch { throw RootKeyError(error.description) }
    }

    private static func makeKey(_ id: UUIDBytes, _ session: PKCS11Session) throws(PKCS11Error) -> [UInt8] {
        var template = PKCS11Session.Template(KeyType.ec, [.derive])
        template.isToken = true
        template.id = id.bytes
        template.label = "keyhold root key slot"
        let pair = try session.generatePair(
            Mechanism.ecKeyPair,
            template,
            modulusBits: 0,
            curve: KeySpec.ecP256.curveParameters ?? []
        )
        defer { try? session.destroy(pair.publicKey) }
        do throws(PKCS11Error) {
            guard try session.attribute(Attribute.sensitive, of: pair.privateKey) == [1],
                try session.attribute(Attribute.extractable, of: pair.privateKey) == [0]
            else { throw PKCS11Error("The token made a key that can be taken out of it. It is not used.") }
            return try proven(pair, session)
        } catch {
            try? session.destroy(pair.privateKey)
            throw error
        }
    }

    /// The public half, once the token has agreed with it on the secret that libcrypto finds too.
    private static func proven(
        _ pair: (publicKey: UInt, privateKey: UInt),
        _ session: PKCS11Session
    ) throws(PKCS11Error) -> [UInt8] {
        let point = try session.attribute(Attribute.ecPoint, of: pair.publicKey)
        do {
            let ours = try PublicKey(.ecP256, tokenPoint: point).point
            let other = try P256KeyAgreement.makeKeyPair()
            let expected = try P256KeyAgreement.agree(other.privateKey, with: ours)
            guard try session.agree(with: other.publicKey, under: pair.privateKey).equals(expected) else {
                throw PKCS11Error("The token agrees on another secret than it should.")
            }
            return ours
        } catch let error as PKCS11Error { throw error } catch {
            throw PKCS11Error("The token made a public key that is none on P-256.")
        }
    }
}

/// The parameters of a slot that a token guards: `u32 count, serial number of the token`, at most 64 bytes of it.
struct TokenParameters: Equatable {
    /// As CK_TOKEN_INFO has it, without the blanks at its end.
    let serial: [UInt8]

    init(serial: [UInt8]) { self.serial = serial }

    init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let serial = reader.countedBytes(atMost: 64), reader.isAtEnd else { return nil }
        self.serial = serial
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(UInt32(serial.count))
        return bytes + serial
    }
}
