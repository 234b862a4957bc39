internal import KMSCore
internal import KMSCrypto

/// Material from outside, which is unwrapped in the token and seen by nobody.
extension WrappedKeys {
    /// A pair to which material is wrapped: its private half unwraps, and does nothing else.
    func makeImportPair(_ spec: KeySpec) throws(PKCS11Error) -> Made {
        let kind = try kind(of: spec)
        return try connection.withSession { (session) throws(PKCS11Error) in
            try self.makePair(spec, kind, [.unwrap], session)
        }
    }

    /// What came of an attempt: material of the right length, or another key in its place.
    struct Unwrapped {
        let isWhole: Bool
        let blob: TokenBlob
        /// The check value of that key.
        let checkValue: [UInt8]
    }

    /// Unwraps material for a symmetric spec under the private half of a pair, and wraps it anew under the wrapping key.
    ///
    /// What does not unwrap is replaced by a key drawn for it, which goes the same way to the end.
    func importMaterial(
        _ wrapped: [UInt8],
        _ algorithm: EncryptionAlgorithm,
        under pair: TokenBlob,
        _ pairSpec: KeySpec,
        into spec: KeySpec,
        authenticating data: [UInt8]
    ) throws(PKCS11Error) -> Unwrapped {
        let kind = try self.kind(of: spec)
        let pairKind = try self.kind(of: pairSpec)
        return try connection.withSession { (session) throws(PKCS11Error) in
            let privateKey = try session.unwrap(
                pair.wrapped,
                UInt(pair.mechanism),
                under: self.wrappingKey,
                isPrivate: true,
                .init(pairKind.keyType, [.unwrap])
            )
            defer { try? session.destroy(privateKey) }
            let template = kind.template(isExtractable: true)
            let decoy = try session.generateKey(kind.generator, template, byteCount: kind.byteCount)
            defer { try? session.destroy(decoy) }
            let expected = try self.wrap(decoy, session)
            let material = try self.unwrap(wrapped, algorithm, under: privateKey, template, session)
            defer { if let material { try? session.destroy(material) } }
            if let material,
                let found = try self.judge(material, kind, session, data),
                found.blob.wrapped.count == expected.wrapped.count,
                try self.length(of: material, session).map({ $0 == self.byteCount(of: spec) }) ?? true
            {
                return found
            }
            let value = try WrappingKey.checkValue(of: decoy, kind.cipher, session, authenticating: data)
            return Unwrapped(isWhole: false, blob: expected, checkValue: value)
        }
    }

    private func unwrap(
        _ wrapped: [UInt8],
        _ algorithm: EncryptionAlgorithm,
        under privateKey: UInt,
        _ template: PKCS11Session.Template,
        _ session: PKCS11Session
    ) throws(PKCS11Error) -> UInt? {
        let (mechanism, parameters) = Self.decryption(algorithm)
        do throws(PKCS11Error) {
            return try session.unwrap(
                wrapped,
                mechanism,
                parameters,
                under: privateKey,
                isPrivate: false,
                template
            )
        } catch {
            guard !error.isLoss, !error.leavesSessionBusy else { throw error }
            return nil
        }
    }

    /// The material wrapped, with its check value; nil where the token does not take it for a key of its cipher.
    private func judge(
        _ material: UInt,
        _ kind: TokenKeyKind,
        _ session: PKCS11Session,
        _ data: [UInt8]
    ) throws(PKCS11Error) -> Unwrapped? {
        do throws(PKCS11Error) {
            let value = try WrappingKey.checkValue(of: material, kind.cipher, session, authenticating: data)
            return Unwrapped(isWhole: true, blob: try wrap(material, session), checkValue: value)
        } catch {
            guard !error.isLoss else { throw error }
            return nil
        }
    }

    private func byteCount(of spec: KeySpec) -> Int { spec == .sm4 ? SM4GCM.keyByteCount : AESGCM.keyByteCount }

    /// The length of a key by its CKA_VALUE_LEN; nil where the token does not keep one.
    private func length(of key: UInt, _ session: PKCS11Session) throws(PKCS11Error) -> Int? {
        do throws(PKCS11Error) {
            let bytes = try session.attribute(Attribute.valueByteCount, of: key)
            // A CK_ULONG, in this machine's order of bytes.
            guard bytes.count == MemoryLayout<UInt>.size else { return nil }
            let length = bytes.reversed().reduce(UInt(0)) { $0 << 8 | UInt($1) }
            return length == 0 ? nil : Int(clamping: length)
        } catch {
            guard !error.isLoss else { throw error }
            return nil
        }
    }
}
