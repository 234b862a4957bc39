package import KMSCore
internal import KMSCrypto

/// Opens slots whose private half is sealed under a passphrase.
package struct PassphraseGuard: RootKeyGuard {
    private let passphrase: SecretBox

    package var kind: RootKeySlot.Kind { .passphrase }

    /// The passphrase's length in bytes: long enough that scrypt makes guessing hopeless.
    package static let lengths = 12...1_024

    /// - Parameter passphrase: of ``lengths``.
    package init(_ passphrase: SecretBox) { self.passphrase = passphrase }

    /// A new key pair, its private half sealed under the passphrase.
    package func make(
        _ id: UUIDBytes,
        _ cost: PassphraseParameters.Cost = .standard
    ) throws(RootKeyError) -> RootSlotKey {
        do {
            let pair = try P256KeyAgreement.makeKeyPair()
            return try seal(pair.privateKey, of: id, cost, salt: try RandomBytes.bytes(count: 16))
        } catch { throw RootKeyError("A key pair could not be made: \(error.description)") }
    }

    /// As above, with a key pair and a salt that serve for nothing else.
    func seal(
        _ privateKey: borrowing SecretBytes,
        of id: UUIDBytes,
        _ cost: PassphraseParameters.Cost,
        salt: [UInt8]
    ) throws(CryptoError) -> RootSlotKey {
        let publicKey = try P256KeyAgreement.publicKey(of: privateKey)
        let data = PassphraseParameters.associatedData(id, publicKey)
        let key = try self.key(cost, salt)
        var sealed: [UInt8] = []
        try key.withBytes { key throws(CryptoError) in
            try privateKey.withBytes { privateKey throws(CryptoError) in
                let nonce = PassphraseParameters.nonce
                try AESGCM.seal(privateKey, .plain, key: key, nonce: nonce, authenticating: data, into: &sealed)
            }
        }
        let parameters = PassphraseParameters(cost: cost, salt: salt, sealedKey: sealed)
        return RootSlotKey(.passphrase, id, publicKey: publicKey, parameters: parameters.bytes)
    }

    package func agree(for slot: RootKeySlot) async throws(RootKeyError) -> SecretBytes {
        guard let parameters = PassphraseParameters(parsing: slot.parameters) else {
            throw RootKeyError("Its parameters are damaged.")
        }
        let key: SecretBytes
        do { key = try self.key(parameters.cost, parameters.salt) } catch {
            throw RootKeyError("There is no memory for scrypt: \(parameters.cost.memory >> 20) MiB are needed.")
        }
        let privateKey: SecretBytes
        do {
            let data = PassphraseParameters.associatedData(slot.id, slot.publicKey)
            privateKey = try key.withBytes { key throws(AuthenticationFailure) in
                try AESGCM.open(
                    parameters.sealedKey[...],
                    .plain,
                    key: key,
                    nonce: PassphraseParameters.nonce,
                    authenticating: data
                )
            }
        } catch { throw RootKeyError("The passphrase is wrong, or the slot was damaged.") }
        guard let shared = slot.agree(with: privateKey) else {
            throw RootKeyError("The sealed key is not the key of this slot: it was damaged or replaced.")
        }
        return shared
    }

    private func key(_ cost: PassphraseParameters.Cost, _ salt: [UInt8]) throws(CryptoError) -> SecretBytes {
        try passphrase.withBytes { passphrase throws(CryptoError) in
            try cost.scrypt.derive(from: passphrase, salt: salt, byteCount: AESGCM.keyByteCount)
        }
    }
}

/// The parameters of a slot that a passphrase guards: `log2 N | p | salt (16) | sealed private number (48)`; scrypt's r
/// is 8.
package struct PassphraseParameters: Sendable, Equatable {
    /// What an attempt costs. Bounded, so that whoever can write the table cannot ask for all memory there is.
    package struct Cost: Sendable, Equatable {
        /// log2 of scrypt's N, 10 to 20: 1 MiB to 1 GiB.
        package let logarithm: UInt8
        /// scrypt's p, 1 to 4.
        package let parallelization: UInt8

        /// 128 MiB, and about half a second.
        package static let standard = Cost(unchecked: 17, 1)

        package init?(logarithm: UInt8, parallelization: UInt8) {
            guard (10...20).contains(logarithm), (1...4).contains(parallelization) else { return nil }
            self.init(unchecked: logarithm, parallelization)
        }

        private init(unchecked logarithm: UInt8, _ parallelization: UInt8) {
            self.logarithm = logarithm
            self.parallelization = parallelization
        }

        var scrypt: Scrypt {
            Scrypt(cost: 1 << Int(logarithm), blockSize: 8, parallelization: Int(parallelization))
        }

        /// Bytes that an attempt takes.
        var memory: Int { 1_024 << Int(logarithm) }
    }

    let cost: Cost
    /// 16 bytes, made for this slot alone.
    let salt: [UInt8]
    /// The private number, encrypted, and its tag; 48 bytes.
    let sealedKey: [UInt8]

    /// Zeros: the salt makes a key that seals one message.
    static let nonce = [UInt8](repeating: 0, count: 12)[...]

    init(cost: Cost, salt: [UInt8], sealedKey: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.sealedKey = sealedKey
    }

    init?(parsing bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let logarithm = reader.byte(), let parallelization = reader.byte(),
            let cost = Cost(logarithm: logarithm, parallelization: parallelization),
            let salt = reader.bytes(16),
            let sealedKey = reader.bytes(P256KeyAgreement.privateKeyByteCount + AESGCM.tagByteCount), reader.isAtEnd
        else { return nil }
        self.init(cost: cost, salt: salt, sealedKey: sealedKey)
    }

    var bytes: [UInt8] { [cost.logarithm, cost.parallelization] + salt + sealedKey }

    /// Binds the sealed number to its slot.
    static func associatedData(_ id: UUIDBytes, _ publicKey: [UInt8]) -> [UInt8] {
        Array("keyhold passphrase slot v1".utf8) + id.bytes + publicKey
    }
}
