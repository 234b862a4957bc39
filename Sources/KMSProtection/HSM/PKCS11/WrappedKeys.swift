internal import KMSCore
internal import KMSCrypto

/// The keys of a backend, by one connection: drawn in the token, wrapped to be kept outside, unwrapped to be used.
struct WrappedKeys {
    let connection: PKCS11Connection
    let wrappingKey: UInt
    /// Which key that is, for the blobs that it makes.
    let generation: UInt32
    let vendor: VendorMechanisms

    /// A new key: wrapped, and gone from the token.
    struct Made {
        let blob: TokenBlob
        /// Of a pair.
        let publicKey: PublicKey?
    }

    func make(_ spec: KeySpec) throws(PKCS11Error) -> Made {
        let kind = try kind(of: spec)
        return try connection.withSession { (session) throws(PKCS11Error) in
            guard spec.isSymmetric else { return try self.makePair(spec, kind, kind.uses, session) }
            let key = try session.generateKey(
                kind.generator,
                kind.template(isExtractable: true),
                byteCount: kind.byteCount
            )
            defer { try? session.destroy(key) }
            return Made(blob: try self.wrap(key, session), publicKey: nil)
        }
    }

    func kind(of spec: KeySpec) throws(PKCS11Error) -> TokenKeyKind {
        guard let kind = TokenKeyKind(spec, vendor) else {
            throw PKCS11Error("No mechanisms are set for keys of spec \(spec.rawValue).")
        }
        return kind
    }

    func makePair(
        _ spec: KeySpec,
        _ kind: TokenKeyKind,
        _ uses: PKCS11Session.Uses,
        _ session: PKCS11Session
    ) throws(PKCS11Error) -> Made {
        let pair = try session.generatePair(
            kind.generator,
            .init(kind.keyType, uses, isExtractable: true),
            modulusBits: kind.modulusBits,
            curve: kind.curve
        )
        defer {
            try? session.destroy(pair.publicKey)
            try? session.destroy(pair.privateKey)
        }
        let publicKey: PublicKey
        do {
            publicKey =
                kind.modulusBits > 0
                ? try PublicKey(
                    spec,
                    modulus: session.attribute(Attribute.modulus, of: pair.publicKey),
                    exponent: session.attribute(Attribute.publicExponent, of: pair.publicKey)
                )
                : try PublicKey(spec, tokenPoint: session.attribute(Attribute.ecPoint, of: pair.publicKey))
        } catch let error as PKCS11Error { throw error } catch {
            throw PKCS11Error("The token made a public key that is none of spec \(spec.rawValue).")
        }
        return Made(blob: try wrap(pair.privateKey, session), publicKey: publicKey)
    }

    func wrap(_ key: UInt, _ session: PKCS11Session) throws(PKCS11Error) -> TokenBlob {
        guard let mechanism = WrappingKey.mechanism(connection) else {
            throw PKCS11Error("The module does not wrap keys any more.")
        }
        let wrapped = try session.wrap(key, mechanism, under: wrappingKey)
        return TokenBlob(generation: generation, mechanism: UInt32(mechanism), wrapped: wrapped)
    }

    /// The key of a blob, in the token until nobody uses it: sensitive, and not to be taken out again.
    func open(_ blob: TokenBlob, _ spec: KeySpec) throws(PKCS11Error) -> TokenKey {
        guard blob.generation == generation else {
            throw PKCS11Error(
                "A key was wrapped by generation \(blob.generation) of the wrapping key; there is generation \(generation)."
            )
        }
        let kind = try kind(of: spec)
        let handle = try connection.keep { (session) throws(PKCS11Error) in
            try session.unwrap(
                blob.wrapped,
                UInt(blob.mechanism),
                under: self.wrappingKey,
                isPrivate: !spec.isSymmetric,
                kind.template(isExtractable: false)
            )
        }
        return TokenKey(blob, handle: handle, in: connection)
    }
}
