internal import KMSCore
internal import KMSCrypto
internal import Synchronization

/// The one key of a backend that stays in the token: it wraps all others, and never leaves.
package final class WrappingKey: Sendable {
    let token: PKCS11Token
    let backend: Backend
    private let found = Mutex<Found?>(nil)

    private struct Found {
        let connection: PKCS11Connection
        let handle: UInt
    }

    /// - Parameter backend: what the database knows of it.
    init(_ token: PKCS11Token, of backend: Backend) {
        self.token = token
        self.backend = backend
    }

    /// Works with the token and with this key, which has proved itself in the very connection.
    func perform<Value: ~Copyable>(
        _ body: (PKCS11Connection, UInt) throws(PKCS11Error) -> Value
    ) throws(PKCS11Error) -> Value {
        try token.perform { (connection) throws(PKCS11Error) in
            try body(connection, try self.handle(in: connection))
        }
    }

    private func handle(in connection: PKCS11Connection) throws(PKCS11Error) -> UInt {
        let known = found.withLock { $0 }
        if let known, known.connection === connection { return known.handle }
        let handle = try connection.withSession { (session) throws(PKCS11Error) in
            let handle = try self.find(session)
            try self.prove(handle, session)
            return handle
        }
        found.withLock { $0 = Found(connection: connection, handle: handle) }
        return handle
    }

    private func find(_ session: PKCS11Session) throws(PKCS11Error) -> UInt {
        let keys = try session.findKeys(id: backend.wrappingKeyID)
        let id = backend.wrappingKeyID.hexadecimal
        guard let key = keys.first else {
            throw PKCS11Error(
                "The token does not have the wrapping key of \(backend.name), CKA_ID \(id): it is another token, or the "
                    + "key was deleted. Restore the token from its vendor's backup."
            )
        }
        guard keys.count == 1 else {
            throw PKCS11Error("The token has \(keys.count) keys with the CKA_ID \(id), where one is expected.")
        }
        return key
    }

    /// Unwraps the sample and compares its check value: whatever calls itself the wrapping key is it, or is not used.
    private func prove(_ handle: UInt, _ session: PKCS11Session) throws(PKCS11Error) {
        let value: [UInt8]?
        do throws(PKCS11Error) {
            let sample = try Self.unwrapSample(backend, under: handle, session, isExtractable: false)
            defer { try? session.destroy(sample) }
            value = try Self.checkValue(of: sample, Mechanism.aesGCM, session, authenticating: [])
        } catch {
            guard !error.isLoss else { throw error }
            value = nil
        }
        let expected = backend.checkValue
        var isRight = false
        if let value { isRight = unsafe constantTimeEquals(value.span.bytes, expected.span.bytes) }
        guard isRight else {
            throw PKCS11Error(
                "The wrapping key in the token is not the one of \(backend.name): it does not give the check value that "
                    + "the database has. The token is another one, or its key was exchanged. It is not used."
            )
        }
    }

    private static func unwrapSample(
        _ backend: Backend,
        under handle: UInt,
        _ session: PKCS11Session,
        isExtractable: Bool
    ) throws(PKCS11Error) -> UInt {
        guard let blob = TokenBlob(parsing: backend.sample) else {
            throw PKCS11Error("The sample of \(backend.name) in the database is damaged.")
        }
        return try session.unwrap(
            blob.wrapped,
            UInt(blob.mechanism),
            under: handle,
            isPrivate: false,
            .init(KeyType.aes, [.encrypt], isExtractable: isExtractable)
        )
    }

    /// The tag of an empty message under a key of the token, with the nonce that no ciphertext has: what
    /// ``KMSCrypto/KeyCheckValue`` makes of a key that is outside.
    static func checkValue(
        of key: UInt,
        _ cipher: UInt,
        _ session: PKCS11Session,
        authenticating data: [UInt8]
    ) throws(PKCS11Error) -> [UInt8] {
        let nothing: [UInt8] = []
        let tag = try unsafe session.seal(
            nothing.span.bytes,
            cipher,
            under: key,
            nonce: [UInt8](repeating: 0, count: CiphertextAlgorithm.aes256GCM.nonceByteCount),
            authenticating: data
        )
        guard tag.count == KeyCheckValue.byteCount else {
            throw PKCS11Error("The module gives a tag of \(tag.count) bytes where 16 were asked for.")
        }
        return tag
    }

    /// What the token does not keep somebody with the PIN from, in sentences for the operator.
    func weaknesses() throws(PKCS11Error) -> [String] {
        try perform { (connection, handle) throws(PKCS11Error) in
            try connection.withSession { (session) throws(PKCS11Error) in
                var weaknesses: [String] = []
                if try self.isExportable(handle, session) {
                    weaknesses.append(
                        "The token does not know CKA_UNWRAP_TEMPLATE: every key of \(self.backend.name) is exportable by the "
                            + "PIN holder, who has also the database and its root key."
                    )
                }
                if try !self.isFixed(handle, session) {
                    weaknesses.append(
                        "The token does not know CKA_COPYABLE: the PIN holder may make a copy of the wrapping key of "
                            + "\(self.backend.name) that has other uses."
                    )
                }
                return weaknesses
            }
        }
    }

    /// Whether somebody with the PIN can unwrap keys so that they can be read: the token does not hold the key to its
    /// template.
    private func isExportable(_ handle: UInt, _ session: PKCS11Session) throws(PKCS11Error) -> Bool {
        do throws(PKCS11Error) {
            let sample = try Self.unwrapSample(backend, under: handle, session, isExtractable: true)
            defer { try? session.destroy(sample) }
            return try session.attribute(Attribute.extractable, of: sample) != [0]
        } catch {
            guard !error.isLoss else { throw error }
            return false
        }
    }

    private func isFixed(_ handle: UInt, _ session: PKCS11Session) throws(PKCS11Error) -> Bool {
        do throws(PKCS11Error) { return try session.attribute(Attribute.copyable, of: handle) == [0] } catch {
            guard !error.isLoss else { throw error }
            return false
        }
    }
}

extension [UInt8] {
    /// Lower-case hexadecimal digits.
    var hexadecimal: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
