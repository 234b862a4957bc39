package import KMSCore

/// What the key process can be asked to do (`Documentation/HSMProtocol.md`).
package enum HSMRequest: Sendable {
    case status
    /// For a database that has no table of this process's root yet.
    case createRoot(databaseID: UUIDBytes)
    case openRoot(SlotTable)
    case addNode(HSMNodeKey, SlotTable)
    case removeNode(slot: UUIDBytes, SlotTable)
    case makeVersion(VersionIdentity, at: Timestamp)
    case seal(plaintext: SecretBox?, KeyVersion, EncryptionContext)
    case open(CiphertextBlob, KeyVersion, EncryptionContext)
    case publicKey(KeyVersion)
    case sign(digest: [UInt8], SignatureAlgorithm, KeyVersion)
    case decrypt(ciphertext: [UInt8], EncryptionAlgorithm, KeyVersion)
    case makeImportPair(ImportPairIdentity)
    case importMaterial(wrapped: [UInt8], ImportPair, KeyVersion)
    case forget([KeyVersionID])

    private enum Code: UInt8 {
        case status = 1
        case createRoot = 2
        case openRoot = 3
        case addNode = 4
        case removeNode = 5
        case makeVersion = 16
        case seal = 17
        case open = 18
        case publicKey = 19
        case sign = 20
        case decrypt = 21
        case makeImportPair = 22
        case importMaterial = 23
        case forget = 24
    }

    static let forgetLimit = 1_024
    private static let digestLimit = 64

    package var message: HSMMessage {
        var fields: [UInt8] = []
        var secret: SecretBox?
        let code = write(to: &fields, &secret)
        return HSMMessage(code: code.rawValue, fields: fields, secret: secret)
    }

    private func write(to fields: inout [UInt8], _ secret: inout SecretBox?) -> Code {
        switch self {
        case .status: return .status
        case .createRoot(let databaseID):
            databaseID.append(to: &fields)
            return .createRoot
        case .openRoot(let table):
            fields.append(table)
            return .openRoot
        case .addNode(let node, let table):
            fields.append(contentsOf: node.bytes)
            fields.append(table)
            return .addNode
        case .removeNode(let slot, let table):
            slot.append(to: &fields)
            fields.append(table)
            return .removeNode
        case .makeVersion(let identity, let now):
            fields.append(identity)
            fields.append(now)
            return .makeVersion
        case .seal(let plaintext, let version, let context):
            fields.append(version)
            context.appendAuthenticated(to: &fields)
            secret = plaintext
            return .seal
        case .open(let blob, let version, let context):
            fields.append(version)
            context.appendAuthenticated(to: &fields)
            fields.appendCounted(blob.bytes)
            return .open
        case .publicKey(let version):
            fields.append(version)
            return .publicKey
        case .sign(let digest, let algorithm, let version):
            fields.append(version)
            fields.append(algorithm.code)
            fields.appendCounted(digest)
            return .sign
        case .decrypt(let ciphertext, let algorithm, let version):
            fields.append(version)
            fields.append(algorithm.code)
            fields.appendCounted(ciphertext)
            return .decrypt
        case .makeImportPair(let identity):
            fields.append(identity)
            return .makeImportPair
        case .importMaterial(let wrapped, let pair, let version):
            fields.append(version)
            fields.append(pair)
            fields.appendCounted(wrapped)
            return .importMaterial
        case .forget(let versions):
            fields.appendBigEndian(UInt32(versions.count))
            for version in versions { version.uuid.append(to: &fields) }
            return .forget
        }
    }

    /// The request in `message`, or nil for anything that this format does not describe.
    package init?(_ message: HSMMessage) {
        guard let code = Code(rawValue: message.code), message.secret == nil || code == .seal else { return nil }
        var reader = ByteReader(message.fields)
        guard let request = Self.read(code, &reader, message.secret), reader.isAtEnd else { return nil }
        self = request
    }

    private static func read(_ code: Code, _ reader: inout ByteReader, _ secret: SecretBox?) -> HSMRequest? {
        switch code {
        case .status: return .status
        case .createRoot: return reader.uuid().map { .createRoot(databaseID: $0) }
        case .openRoot: return reader.slotTable().map { .openRoot($0) }
        case .addNode:
            guard let node = reader.bytes(HSMNodeKey.byteCount).flatMap({ HSMNodeKey(parsing: $0) }),
                let table = reader.slotTable()
            else { return nil }
            return .addNode(node, table)
        case .removeNode:
            guard let slot = reader.uuid(), let table = reader.slotTable() else { return nil }
            return .removeNode(slot: slot, table)
        case .makeVersion:
            guard let identity = reader.versionIdentity(), let now = reader.timestamp() else { return nil }
            return .makeVersion(identity, at: now)
        case .makeImportPair: return reader.importPairIdentity().map { .makeImportPair($0) }
        case .forget: return reader.forgottenVersions().map { .forget($0) }
        case .seal, .open, .publicKey, .sign, .decrypt, .importMaterial:
            return reader.keyVersion().flatMap { read(code, of: $0, &reader, secret) }
        }
    }

    private static func read(
        _ code: Code,
        of version: KeyVersion,
        _ reader: inout ByteReader,
        _ secret: SecretBox?
    ) -> HSMRequest? {
        switch code {
        case .seal: return reader.encryptionContext().map { .seal(plaintext: secret, version, $0) }
        case .open:
            guard let context = reader.encryptionContext(),
                let blob = reader.record().flatMap({ CiphertextBlob(parsing: $0) })
            else { return nil }
            return .open(blob, version, context)
        case .publicKey: return .publicKey(version)
        case .sign:
            guard let algorithm = reader.word(SignatureAlgorithm.self),
                let digest = reader.countedBytes(atMost: digestLimit)
            else { return nil }
            return .sign(digest: digest, algorithm, version)
        case .decrypt:
            guard let algorithm = reader.word(EncryptionAlgorithm.self), let ciphertext = reader.record() else {
                return nil
            }
            return .decrypt(ciphertext: ciphertext, algorithm, version)
        case .importMaterial:
            guard let pair = reader.importPair(), let wrapped = reader.record() else { return nil }
            return .importMaterial(wrapped: wrapped, pair, version)
        default: return nil
        }
    }
}

extension ByteReader {
    fileprivate mutating func forgottenVersions() -> [KeyVersionID]? {
        guard let count = uint32(), count <= HSMRequest.forgetLimit else { return nil }
        var versions: [KeyVersionID] = []
        for _ in 0..<count {
            guard let id = uuid() else { return nil }
            versions.append(KeyVersionID(id))
        }
        return versions
    }
}
