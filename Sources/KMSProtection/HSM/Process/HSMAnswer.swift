package import KMSCore

/// What the key process answers (`Documentation/HSMProtocol.md`).
package enum HSMAnswer: Sendable {
    /// It was done; the fields and the secret are those that the request's own answer has.
    case done(fields: [UInt8], secret: SecretBox?)
    /// ``VaultError/refused``
    case refused
    /// ``VaultError/unavailable(_:)``, with its text.
    case unavailable(String)
    /// The process has no root key: it must be handed its slot table first.
    case locked

    private enum Code: UInt8 {
        case done = 0
        case refused = 1
        case unavailable = 2
        case locked = 3
    }

    /// Bytes of a text.
    private static let textLimit = 1_024

    static func done(_ fields: [UInt8] = [], secret: SecretBox? = nil) -> HSMAnswer {
        .done(fields: fields, secret: secret)
    }

    package var message: HSMMessage {
        switch self {
        case .done(let fields, let secret): HSMMessage(code: Code.done.rawValue, fields: fields, secret: secret)
        case .refused: HSMMessage(code: Code.refused.rawValue)
        case .unavailable(let text):
            // A scalar has four bytes at most: what is cut off is whole scalars.
            HSMMessage(
                code: Code.unavailable.rawValue,
                fields: Array(String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.textLimit / 4))).utf8)
            )
        case .locked: HSMMessage(code: Code.locked.rawValue)
        }
    }

    /// The answer in `message`, or nil for anything that this format does not describe.
    package init?(_ message: HSMMessage) {
        switch Code(rawValue: message.code) {
        case .done: self = .done(fields: message.fields, secret: message.secret)
        case .refused where message.fields.isEmpty && message.secret == nil: self = .refused
        case .locked where message.fields.isEmpty && message.secret == nil: self = .locked
        case .unavailable where message.fields.count <= Self.textLimit && message.secret == nil:
            let text = String(decoding: message.fields, as: UTF8.self)
            guard text.utf8.elementsEqual(message.fields) else { return nil }
            self = .unavailable(text)
        default: return nil
        }
    }
}

/// What the key process tells of itself and of its root key.
package struct HSMStatus: Sendable, Equatable {
    package let node: HSMNodeKey
    /// The root that is open; nil while the process is locked.
    package let root: Root?

    package struct Root: Sendable, Equatable {
        package let databaseID: UUIDBytes
        package let generation: UInt32
        /// 32 bytes.
        package let fingerprint: [UInt8]
    }

    var fields: [UInt8] {
        var fields = node.bytes
        fields.append(root == nil ? 0 : 1)
        if let root {
            root.databaseID.append(to: &fields)
            fields.appendBigEndian(root.generation)
            fields.append(contentsOf: root.fingerprint)
        }
        return fields
    }

    init(node: HSMNodeKey, root: Root?) {
        self.node = node
        self.root = root
    }

    init?(parsing fields: [UInt8]) {
        var reader = ByteReader(fields)
        guard let node = reader.bytes(HSMNodeKey.byteCount).flatMap({ HSMNodeKey(parsing: $0) }) else { return nil }
        switch reader.byte() {
        case 0: root = nil
        case 1:
            guard let databaseID = reader.uuid(), let generation = reader.uint32(), let fingerprint = reader.bytes(32)
            else { return nil }
            root = Root(databaseID: databaseID, generation: generation, fingerprint: fingerprint)
        default: return nil
        }
        guard reader.isAtEnd else { return nil }
        self.node = node
    }
}

/// The public half of a key process's guard: what a root key is wrapped to, so that the process can open it.
package struct HSMNodeKey: Sendable, Equatable, CustomStringConvertible {
    /// Of the slot that its root is in.
    package let slot: UUIDBytes
    /// An uncompressed P-256 point, 65 bytes.
    package let publicKey: [UInt8]

    package static let byteCount = 81

    init(slot: UUIDBytes, publicKey: [UInt8]) {
        self.slot = slot
        self.publicKey = publicKey
    }

    /// The key in 81 bytes: slot id, point. Whether the point is one is seen when something is wrapped to it.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, let slot = UUIDBytes(bytes: bytes[..<16]) else { return nil }
        self.init(slot: slot, publicKey: Array(bytes[16...]))
    }

    /// The key as text, which is base64.
    package init?(text: String) {
        let text = Array(text.utf8)
        guard let bytes = Base64.decode(text[...]) else { return nil }
        self.init(parsing: bytes)
    }

    package var bytes: [UInt8] { slot.bytes + publicKey }
    package var description: String { Base64.encode(bytes) }
}
