package import KMSCore
internal import KMSCrypto

extension WrappingKey {
    /// Makes a wrapping key that stays in the token, and what it will be known by.
    ///
    /// It is an AES-256 key that wraps and unwraps and does nothing else, that can be neither changed, copied nor taken
    /// out, and whose unwrapped keys cannot be taken out either. A token that does not know the last of these, or
    /// CKA_COPYABLE, makes one without it, which ``weaknesses()`` then tells.
    ///
    /// - Parameters:
    ///   - name: of the backend, one that ``KMSCore/Backend/isName(_:)`` allows.
    package static func make(
        in token: PKCS11Token,
        as name: String,
        at now: Timestamp
    ) throws(PKCS11Error) -> Backend {
        let id: [UInt8]
        do { id = try RandomBytes.bytes(count: 16) } catch { throw PKCS11Error(error.description) }
        return try token.perform { (connection) throws(PKCS11Error) in
            guard let mechanism = mechanism(connection) else {
                throw PKCS11Error(
                    "The module has neither CKM_AES_KEY_WRAP_KWP nor CKM_AES_KEY_WRAP_PAD, by which keys are wrapped."
                )
            }
            return try connection.withWritingSession { (session) throws(PKCS11Error) in
                let key = try generate(session, id: id, label: "keyhold \(name)")
                do throws(PKCS11Error) {
                    return try describe(key, mechanism, session, id, name, now)
                } catch {
                    try? session.destroy(key)
                    throw error
                }
            }
        }
    }

    /// Takes back what ``make(in:as:at:)`` made.
    package static func unmake(_ backend: Backend, in token: PKCS11Token) throws(PKCS11Error) {
        try token.perform { (connection) throws(PKCS11Error) in
            try connection.withWritingSession { (session) throws(PKCS11Error) in
                for key in try session.findKeys(id: backend.wrappingKeyID) { try session.destroy(key) }
            }
        }
    }

    /// How the token wraps keys; nil where it does not.
    static func mechanism(_ connection: PKCS11Connection) -> UInt? {
        [Mechanism.aesKeyWrapKWP, Mechanism.aesKeyWrapPad].first { number in
            let info = connection.module.mechanism(number, in: connection.slot)
            let needed = Mechanism.wraps | Mechanism.unwraps
            return info.map { $0.flags & needed == needed } ?? false
        }
    }

    private static func generate(
        _ session: PKCS11Session,
        id: [UInt8],
        label: String
    ) throws(PKCS11Error) -> UInt {
        var template = PKCS11Session.Template(KeyType.aes, [.wrap, .unwrap])
        template.isToken = true
        template.id = id
        template.label = label
        var refusal = PKCS11Error("The token makes no wrapping key.")
        for (isLimited, forbidsCopies) in [(true, true), (true, false), (false, true), (false, false)] {
            template.unwrapsUnextractable = isLimited
            template.forbidsCopies = forbidsCopies
            do throws(PKCS11Error) {
                return try session.generateKey(Mechanism.aesKey, template, byteCount: 32)
            } catch {
                guard error.refusesTemplate else { throw error }
                refusal = error
            }
        }
        throw refusal
    }

    private static func describe(
        _ key: UInt,
        _ mechanism: UInt,
        _ session: PKCS11Session,
        _ id: [UInt8],
        _ name: String,
        _ now: Timestamp
    ) throws(PKCS11Error) -> Backend {
        guard try session.attribute(Attribute.sensitive, of: key) == [1],
            try session.attribute(Attribute.extractable, of: key) == [0]
        else { throw PKCS11Error("The token made a wrapping key that can be taken out of it. It is not used.") }
        let sample = try session.generateKey(
            Mechanism.aesKey,
            .init(KeyType.aes, [.encrypt], isExtractable: true),
            byteCount: 32
        )
        defer { try? session.destroy(sample) }
        let generation: UInt32 = 1
        let wrapped = try session.wrap(sample, mechanism, under: key)
        let blob = TokenBlob(generation: generation, mechanism: UInt32(mechanism), wrapped: wrapped)
        return Backend(
            name: name,
            wrappingKeyID: id,
            generation: generation,
            sample: blob.bytes,
            checkValue: try checkValue(of: sample, Mechanism.aesGCM, session, authenticating: []),
            createdAt: now
        )
    }
}
