internal import KMSCore
internal import KMSCrypto

/// Seals the records of one purpose under the root key, and opens those of the generations that the ring has.
struct RecordSealer: Sendable {
    private let purpose: RecordPurpose
    private let ring: RootKeyRing

    init(_ purpose: RecordPurpose, under ring: RootKeyRing) {
        self.purpose = purpose
        self.ring = ring
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
        let generation = ring.generation
        let number = generation.root.generation
        let key = generation.recordKey(for: purpose)
        let data = SealedRecord.associatedData(purpose, number, fields)
        var record = SealedRecord.header(purpose, number) + nonce
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
    ///   ``VaultError/unavailable(_:)`` if it names a generation that the ring does not have.
    func open(_ record: [UInt8], binding fields: [[UInt8]]) throws(VaultError) -> SecretBytes {
        guard let record = SealedRecord(parsing: record), record.purpose == purpose else { throw .refused }
        guard let generation = ring.generation(record.generation, for: purpose) else {
            throw .unavailable(
                "A record is sealed under generation \(record.generation) of the root key; "
                    + "this server has generation \(ring.current.generation)."
            )
        }
        let key = generation.recordKey(for: purpose)
        let data = SealedRecord.associatedData(purpose, record.generation, fields)
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
