package import KMSCore
internal import KMSCrypto

/// What opens slots of one kind: it can use the private halves of their key pairs, wherever those lie.
///
/// A server tries the guards that it has on every slot of their kinds. One that needs a device asks it as seldom as it
/// can, and never repeats a PIN that was refused.
package protocol RootKeyGuard: Sendable {
    /// The kind of its slots.
    var kind: RootKeySlot.Kind { get }

    /// ECDH between the private half of the slot's pair and the slot's ephemeral key (SP 800-56A): the x coordinate of
    /// the shared point, 32 bytes.
    ///
    /// - Throws: why this guard does not open this slot, in a sentence for the operator.
    func agree(for slot: RootKeySlot) async throws(RootKeyError) -> SecretBytes
}

/// The public half of a slot's key pair with what its guard needs to use the private one: all that whoever holds the
/// root has to know to wrap it for a new slot.
package struct RootSlotKey: Sendable, Equatable {
    package let kind: RootKeySlot.Kind
    package let id: UUIDBytes
    /// An uncompressed P-256 point, 65 bytes.
    package let publicKey: [UInt8]
    /// At most 4,096 bytes, in the format of the kind (`Documentation/RootKeySlots.md`).
    package let parameters: [UInt8]

    /// The key of those parts, or nil where the parameters are not of the kind's format.
    package init?(kind: RootKeySlot.Kind, id: UUIDBytes, publicKey: [UInt8], parameters: [UInt8]) {
        guard publicKey.count == P256KeyAgreement.publicKeyByteCount, kind.describes(parameters) else { return nil }
        self.init(kind, id, publicKey: publicKey, parameters: parameters)
    }

    init(_ kind: RootKeySlot.Kind, _ id: UUIDBytes, publicKey: [UInt8], parameters: [UInt8]) {
        self.kind = kind
        self.id = id
        self.publicKey = publicKey
        self.parameters = parameters
    }
}

extension RootKeySlot.Kind {
    /// The word for it in commands and answers.
    package var word: String {
        switch self {
        case .file: "file"
        case .passphrase: "passphrase"
        case .tpm: "tpm"
        case .token: "pkcs11"
        case .shares: "shares"
        }
    }

    package init?(word: String) {
        guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = kind
    }

    /// Whether a slot of this kind can have these parameters.
    func describes(_ parameters: [UInt8]) -> Bool {
        switch self {
        case .file: parameters.isEmpty
        case .passphrase: PassphraseParameters(parsing: parameters) != nil
        case .tpm: TPMParameters(parsing: parameters) != nil
        case .token: TokenParameters(parsing: parameters) != nil
        case .shares: SharesParameters(parsing: parameters) != nil
        }
    }

    /// What a server is told that has no guard of this kind.
    var missingGuard: String {
        switch self {
        case .file: "no key file is configured"
        case .passphrase: "root.passphrase.file is not set"
        case .tpm: "root.tpm.tcti is not set"
        case .token: "root.pkcs11.module is not set"
        case .shares: "recovery shares open it, with the command root recover"
        }
    }
}

extension RootKeySlot {
    /// ECDH with a private half that lies in memory; nil where it is not this slot's.
    func agree(with privateKey: borrowing SecretBytes) -> SecretBytes? {
        guard let ownKey = try? P256KeyAgreement.publicKey(of: privateKey), ownKey == publicKey else { return nil }
        return try? P256KeyAgreement.agree(privateKey, with: ephemeralKey)
    }
}
