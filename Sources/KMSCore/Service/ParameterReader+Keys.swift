/// The parameters that many operations share.
extension ParameterReader {
    package mutating func keyReference(_ name: StaticString = "KeyId") throws(KMSError) -> KeyReference {
        KeyReference(try text(name, limit: 1_024))
    }

    /// An alias's name, as the alias operations take it.
    package mutating func aliasName(_ name: StaticString = "AliasName") throws(KMSError) -> AliasName {
        guard let alias = AliasName(try text(name)) else {
            throw .invalid(
                "\(name)",
                "Use alias/ and 1 to 255 letters, digits, underscores, hyphens and slashes."
            )
        }
        return alias
    }

    package mutating func keyVersionID(_ name: StaticString = "KeyVersionId") throws(KMSError) -> KeyVersionID {
        // A text that is no id names no version; the nil UUID never does.
        KeyVersionID(UUIDBytes(text: try text(name).utf8) ?? .zero)
    }

    /// A ciphertext in base64 (RFC 4648, padded, canonical).
    package mutating func ciphertextBlob(_ name: StaticString = "CiphertextBlob") throws(KMSError) -> CiphertextBlob {
        guard let text = bytes(name) else { throw .missing("\(name)") }
        guard text.count <= Limits.ciphertextBlob * 4 / 3 + 4, let bytes = Base64.decode(text),
            let blob = CiphertextBlob(parsing: bytes)
        else { throw .invalid("\(name)", Self.refusedCiphertext) }
        return blob
    }

    /// Bytes in base64 (RFC 4648, padded, canonical).
    package mutating func base64(_ name: StaticString) throws(KMSError) -> [UInt8] {
        guard let text = bytes(name) else { throw .missing("\(name)") }
        guard let bytes = Base64.decode(text) else { throw .invalid("\(name)", Self.undecodable) }
        return bytes
    }

    /// A secret in base64 (RFC 4648, padded, canonical).
    package mutating func base64Secret(_ name: StaticString) throws(KMSError) -> SecretBytes {
        guard let text = bytes(name) else { throw .missing("\(name)") }
        guard let secret = unsafe Base64.decodeSecret(text.span.bytes) else {
            throw .invalid("\(name)", Self.undecodable)
        }
        return secret
    }

    private static let undecodable = "Use base64 of the standard alphabet, padded."

    /// One of the algorithms that encrypt data to a public key (spec 4 and 5).
    package mutating func encryptionAlgorithm(_ name: StaticString) throws(KMSError) -> EncryptionAlgorithm {
        let allowed: [EncryptionAlgorithm] = [.rsaesOAEPSHA256, .rsaesOAEPSHA1, .sm2PKE]
        guard let text = try optionalText(name) else { throw .missing("\(name)") }
        guard let algorithm = allowed.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8) }) else {
            throw .invalid("\(name)", "Use one of \(allowed.map(\.rawValue).joined(separator: ", ")).")
        }
        return algorithm
    }

    package mutating func signatureAlgorithm(_ name: StaticString) throws(KMSError) -> SignatureAlgorithm {
        guard let algorithm = try choice(name, SignatureAlgorithm.self) else { throw .missing("\(name)") }
        return algorithm
    }

    /// A digest in base64, as every signature algorithm takes it.
    package mutating func digest(_ name: StaticString = "Digest") throws(KMSError) -> [UInt8] {
        let digest = try base64(name)
        guard digest.count == SignatureAlgorithm.digestByteCount else {
            throw .invalid(
                "\(name)",
                "It has \(digest.count) bytes; a digest has \(SignatureAlgorithm.digestByteCount)."
            )
        }
        return digest
    }

    /// The one explanation for every ciphertext that does not open, so that the answer says nothing of the reason.
    package static let refusedCiphertext =
        "Pass the CiphertextBlob of Encrypt or GenerateDataKey unchanged, with an equivalent EncryptionContext."

    /// The context as JSON text, or in the map form `Name.key=value`; absent and empty are the same (manual 4.2).
    package mutating func encryptionContext(
        _ name: StaticString = "EncryptionContext"
    ) throws(KMSError) -> EncryptionContext {
        let text = bytes(name)
        let map = mapForm(name)
        guard let text else { return try encryptionContext(name, map: map) }
        guard map.isEmpty else { throw .invalid("\(name)", "Give it as JSON or as single pairs, not both.") }
        let json = try json(text, name)
        guard case .object(let members) = json else {
            throw .invalid("\(name)", #"Use a JSON object from string to string, such as {"Key":"Value"}."#)
        }
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        for (key, value) in members {
            guard case .string(let value) = value else {
                throw .invalid("\(name)", #"Every value must be a string, such as {"Key":"Value"}."#)
            }
            pairs.append((key, value))
        }
        return EncryptionContext(pairs) ?? EncryptionContext()
    }

    private func encryptionContext(
        _ name: StaticString,
        map: [(key: [UInt8], value: [UInt8])]
    ) throws(KMSError) -> EncryptionContext {
        var scalars = 0
        for pair in map {
            guard let key = String(validating: pair.key, as: UTF8.self),
                let value = String(validating: pair.value, as: UTF8.self)
            else { throw .invalid("\(name)", "It is not UTF-8.") }
            scalars += key.unicodeScalars.count + value.unicodeScalars.count
        }
        guard scalars <= Limits.encryptionContext, let context = EncryptionContext(map) else {
            throw .invalid("\(name)", "It may have \(Limits.encryptionContext) characters at most.")
        }
        return context
    }

    /// A JSON parameter of at most 8,192 characters.
    private func json(_ text: ArraySlice<UInt8>, _ name: StaticString) throws(KMSError) -> StrictJSON {
        let scalars = text.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        guard scalars <= Limits.encryptionContext else {
            throw .invalid("\(name)", "It may have \(Limits.encryptionContext) characters at most.")
        }
        do { return try StrictJSON(reading: text) } catch { throw .invalid("\(name)", error.explanation) }
    }

    /// An optional parameter whose value is JSON text.
    package mutating func json(_ name: StaticString) throws(KMSError) -> StrictJSON? {
        guard let text = bytes(name) else { return nil }
        return try json(text, name)
    }
}
