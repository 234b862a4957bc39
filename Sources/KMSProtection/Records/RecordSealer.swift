internal import KMSCore
internal import KMSCrypto

/// Seals and opens the records of one purpose under one generation of the root key.
struct RecordSealer: Sendable {
    private let purpose: RecordPurpose
    private let generation: UInt32
    private let key: SecretBox

    init(_ purpose: RecordPurpose, under root: RootKey) throws(CryptoError) {
        self.purpose = purpose
        generation = root.generation
        key = SecretBox(try root.recordKey(for: purpose))
    }

    func seal(_ secret: borrowing SecretBytes, binding fields: [[UInt8]]) throws(VaultError) -> [UInt8] {
        let nonce: [UInt8]
        do { nonce = try RandomBytes.bytes(count: SealedRecord.nonceByteCount) } catch { throw Self.failure(error) }
        return try seal(secret, binding: fields, nonce: nonce)
    }

    /// As ``seal(_:binding:)``, with a nonce that must never have been used before.
    func seal(
        _ secret: borrowing SecretBytes,
        binding fields: [[UInt8]],
        nonce: [UInt8]
    ) throws(VaultError) -> [UInt8] {
        let data = SealedRecord.associatedData(purpose, generation, fields)
        var record = SealedRecord.header(purpose, generation) + nonce
        do {
            try secret.withBytes { secret throws(CryptoError) in
                try key.withBytes { key throws(CryptoError) in
                    try AESGCM.seal(
                        secret,
                        .extended,
                        key: key,
                        nonce: nonce[...],
                        authenticating: data,
                        into: &record
                    )
                }
            }
        } catch { throw Self.failure(error) }
        return record
    }

    /// The secret in `record`.
    ///
    /// - Throws: ``VaultError/refused`` for anything but a whole record that was sealed with these fields;
    ///   ``VaultError/unavailable(_:)`` if it names another generation of the root key.
    func open(_ record: [UInt8], binding fields: [[UInt8]]) throws(VaultError) -> SecretBytes {
        guard let record = SealedRecord(parsing: record), record.purpose == purpose else { throw .refused }
        guard record.generation == generation else {
            throw .unavailable(
                "A record is sealed under generation \(record.generation) of the root key; "
                    + "this server has generation \(generation)."
            )
        }
        let data = SealedRecord.associatedData(purpose, generation, fields)
        do {
            return try key.withBytes { key throws(AuthenticationFailure) in
                try AESGCM.open(
                    record.sealed[...],
                    .extended,
                    key: key,
                    nonce: record.nonce[...],
                    authenticating: data
                )
            }
        } catch { throw .refused }
    }

    private static func failure(_ error: CryptoError) -> VaultError { .unavailable(error.description) }
}
