internal import KMSCore

/// A word of the API that stands for one byte on the socket.
protocol HSMWord: CaseIterable, Equatable {
    /// Never 0, and never given to another word.
    var code: UInt8 { get }
}

extension KeySpec: HSMWord {
    var code: UInt8 {
        switch self {
        case .aes256: 1
        case .sm4: 2
        case .rsa2048: 3
        case .rsa3072: 4
        case .ecP256: 5
        case .ecP256K: 6
        case .ecSM2: 7
        }
    }
}

extension KeyUsage: HSMWord {
    var code: UInt8 { self == .encryptDecrypt ? 1 : 2 }
}

extension KeyOrigin: HSMWord {
    var code: UInt8 { self == .aliyunKMS ? 1 : 2 }
}

extension ProtectionLevel: HSMWord {
    var code: UInt8 { self == .software ? 1 : 2 }
}

extension WrappingKeySpec: HSMWord {
    var code: UInt8 { self == .rsa2048 ? 1 : 2 }
}

extension CiphertextAlgorithm: HSMWord {
    var code: UInt8 { rawValue }
}

extension SignatureAlgorithm: HSMWord {
    var code: UInt8 {
        switch self {
        case .rsaPSSSHA256: 1
        case .rsaPKCS1SHA256: 2
        case .ecdsaSHA256: 3
        case .sm2DSA: 4
        }
    }
}

extension EncryptionAlgorithm: HSMWord {
    var code: UInt8 {
        switch self {
        case .rsaesOAEPSHA256: 1
        case .rsaesOAEPSHA1: 2
        case .rsaesPKCS1: 3
        case .sm2PKE: 4
        }
    }
}

extension MaterialOwner: HSMWord {
    static var allCases: [MaterialOwner] { [.key, .certificate] }
    var code: UInt8 { self == .key ? 1 : 2 }
}

/// How the fields of messages are written.
extension [UInt8] {
    /// Bytes after their count of four bytes.
    mutating func appendCounted(_ bytes: some Collection<UInt8>) {
        appendBigEndian(UInt32(bytes.count))
        append(contentsOf: bytes)
    }

    /// A zero, or a one and counted bytes.
    mutating func appendOptional(_ bytes: [UInt8]?) {
        append(bytes == nil ? 0 : 1)
        if let bytes { appendCounted(bytes) }
    }

    mutating func append(_ time: Timestamp) { appendBigEndian(time.microseconds) }

    mutating func append(_ namespace: Namespace) {
        appendCounted(namespace.account.description.utf8)
        appendCounted(namespace.region.description.utf8)
    }

    mutating func append(_ identity: VersionIdentity) {
        identity.id.uuid.append(to: &self)
        identity.key.uuid.append(to: &self)
        append(identity.namespace)
        append(contentsOf: [identity.spec.code, identity.usage.code, identity.origin.code, identity.level.code])
        appendCounted(identity.backend.utf8)
        append(identity.algorithm?.code ?? 0)
        append(identity.owner.code)
    }

    mutating func append(_ version: KeyVersion) {
        append(version.identity)
        append(version.createdAt)
        appendOptional(version.publicKey)
        appendOptional(version.sealedMaterial)
        appendOptional(version.sealedCheck)
    }

    mutating func append(_ pair: ImportPairIdentity) {
        pair.id.uuid.append(to: &self)
        pair.key.uuid.append(to: &self)
        append(pair.namespace)
        append(pair.level.code)
        appendCounted(pair.backend.utf8)
        append(contentsOf: [pair.spec.code, pair.algorithm.code])
        append(pair.expiresAt)
    }

    mutating func append(_ pair: ImportPair) {
        append(pair.identity)
        appendCounted(pair.publicKey)
        appendCounted(pair.sealedPrivateKey)
        appendBigEndian(UInt32(Swift.max(0, pair.triesLeft)))
    }

    mutating func append(_ table: SlotTable) {
        table.databaseID.append(to: &self)
        appendBigEndian(table.generation)
        appendBigEndian(UInt32(table.slots.count))
        for slot in table.slots { appendCounted(slot) }
        appendCounted(table.authenticationCode)
    }
}

/// How the fields of messages are read. Each gives nil for what the writers above never write.
extension ByteReader {
    private static let textLimit = 64
    private static let recordLimit = 16_384
    private static let slotLimit = 64

    mutating func word<Word: HSMWord>(_ type: Word.Type = Word.self) -> Word? {
        guard let code = byte() else { return nil }
        return Word.allCases.first { $0.code == code }
    }

    mutating func uuid() -> UUIDBytes? { bytes(16).flatMap { UUIDBytes(bytes: $0) } }

    mutating func record() -> [UInt8]? { countedBytes(atMost: Self.recordLimit) }

    /// Nil where the bytes are malformed, `.some(nil)` where there is no record.
    mutating func optionalRecord() -> [UInt8]?? {
        switch byte() {
        case 0: .some(nil)
        case 1: record().map { .some($0) }
        default: nil
        }
    }

    private mutating func text() -> String? {
        guard let bytes = countedBytes(atMost: Self.textLimit) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.utf8.elementsEqual(bytes) ? text : nil
    }

    mutating func timestamp() -> Timestamp? {
        guard let high = uint32(), let low = uint32() else { return nil }
        return Timestamp(microseconds: Int64(bitPattern: UInt64(high) << 32 | UInt64(low)))
    }

    private mutating func namespace() -> Namespace? {
        guard let account = text().flatMap({ AccountID($0) }), let region = text().flatMap({ RegionID($0) }) else {
            return nil
        }
        return Namespace(account: account, region: region)
    }

    /// Nil where the byte is malformed, `.some(nil)` where it stands for none.
    private mutating func optionalAlgorithm() -> CiphertextAlgorithm?? {
        guard let code = byte() else { return nil }
        if code == 0 { return .some(nil) }
        return CiphertextAlgorithm(rawValue: code).map { .some($0) }
    }

    mutating func versionIdentity() -> VersionIdentity? {
        guard let id = uuid(), let key = uuid(), let namespace = namespace(), let spec = word(KeySpec.self),
            let usage = word(KeyUsage.self), let origin = word(KeyOrigin.self), let level = word(ProtectionLevel.self),
            let backend = text(), let algorithm = optionalAlgorithm(), let owner = word(MaterialOwner.self)
        else { return nil }
        return VersionIdentity(
            id: KeyVersionID(id),
            key: KeyID(key),
            namespace: namespace,
            spec: spec,
            usage: usage,
            origin: origin,
            level: level,
            backend: backend,
            algorithm: algorithm,
            owner: owner
        )
    }

    mutating func keyVersion() -> KeyVersion? {
        guard let identity = versionIdentity(), let createdAt = timestamp(), let publicKey = optionalRecord(),
            let material = optionalRecord(), let check = optionalRecord()
        else { return nil }
        return KeyVersion(
            identity: identity,
            createdAt: createdAt,
            publicKey: publicKey,
            sealedMaterial: material,
            sealedCheck: check
        )
    }

    mutating func importPairIdentity() -> ImportPairIdentity? {
        guard let id = uuid(), let key = uuid(), let namespace = namespace(), let level = word(ProtectionLevel.self),
            let backend = text(), let spec = word(WrappingKeySpec.self), let algorithm = word(EncryptionAlgorithm.self),
            let expiresAt = timestamp()
        else { return nil }
        return ImportPairIdentity(
            id: ImportTokenID(id),
            key: KeyID(key),
            namespace: namespace,
            level: level,
            backend: backend,
            spec: spec,
            algorithm: algorithm,
            expiresAt: expiresAt
        )
    }

    mutating func importPair() -> ImportPair? {
        guard let identity = importPairIdentity(), let publicKey = record(), let sealed = record(), let tries = uint32()
        else { return nil }
        return ImportPair(identity: identity, publicKey: publicKey, sealedPrivateKey: sealed, triesLeft: Int(tries))
    }

    mutating func slotTable() -> SlotTable? {
        guard let databaseID = uuid(), let generation = uint32(), let count = uint32(), count <= Self.slotLimit else {
            return nil
        }
        var slots: [[UInt8]] = []
        for _ in 0..<count {
            guard let slot = record() else { return nil }
            slots.append(slot)
        }
        guard let code = countedBytes(atMost: 32) else { return nil }
        return SlotTable(databaseID: databaseID, generation: generation, slots: slots, authenticationCode: code)
    }

    /// Pairs must come sorted, as they are written, so that there is one way to write a context.
    mutating func encryptionContext() -> EncryptionContext? {
        guard let count = uint32() else { return nil }
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        for _ in 0..<count {
            guard let key = countedBytes(atMost: HSMMessage.fieldLimit),
                let value = countedBytes(atMost: HSMMessage.fieldLimit)
            else { return nil }
            pairs.append((key, value))
        }
        guard let context = EncryptionContext(pairs),
            context.pairs.elementsEqual(pairs, by: { $0.key == $1.key && $0.value == $1.value })
        else { return nil }
        return context
    }
}
