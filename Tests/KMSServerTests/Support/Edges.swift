import KMSCore
import Synchronization

/// A clock set by hand.
final class FixedTime: TimeSource {
    private let moment = Mutex(Timestamp(seconds: 1_800_000_000))

    func now() -> Timestamp { moment.withLock { $0 } }
    func set(_ timestamp: Timestamp) { moment.withLock { $0 = timestamp } }
}

/// Counts up.
final class CountingIDs: IDSource {
    private let last = Atomic<UInt64>(0)

    func next() -> UUIDBytes {
        UUIDBytes(high: 1, low: last.add(1, ordering: .relaxed).newValue)
    }
}

/// A trail in memory that can be made to fail.
final class RecordedAudit: AuditLog {
    private let state = Mutex((records: [AuditRecord](), fails: false, keeps: true))

    var records: [AuditRecord] { state.withLock { $0.records } }
    func setFails(_ fails: Bool) { state.withLock { $0.fails = fails } }
    func stopKeeping() { state.withLock { $0.keeps = false } }

    func prepare() throws(AuditError) {
        guard !state.withLock({ $0.fails }) else { throw AuditError("the disk is full") }
    }

    func write(_ record: AuditRecord) throws(AuditError) {
        try prepare()
        state.withLock { if $0.keeps { $0.records.append(record) } }
    }
}

struct NoObserver: Observer {
    func completed(_ record: AuditRecord, error: KMSError?) {}
}

/// Identifies `AK` without looking at signatures; keeps what it was shown.
final class TrustingAuthenticator: Authenticator {
    private let seen = Mutex<[SignedRequest]>([])
    let account = AccountID("1234567890")!

    var requests: [SignedRequest] { seen.withLock { $0 } }
    private let keeps: Bool

    init(keeps: Bool = true) { self.keeps = keeps }

    func authenticate(_ request: SignedRequest, at now: Timestamp) async throws(KMSError) -> Authenticated {
        if keeps { seen.withLock { $0.append(request) } }
        let parameters = request.parameters
        func text(_ name: StaticString) -> String? {
            parameters.value(of: name).map { String(decoding: $0, as: UTF8.self) }
        }
        if !request.usesV3 {
            guard let id = text("AccessKeyId") else { throw .missingCommon("AccessKeyId") }
            guard id == "AK" else { throw .accessKeyNotFound }
            if text("Signature") == "wrong" {
                throw .signatureDoesNotMatch(stringToSign: "\(request.method)&%2F&AccessKeyId%3DAK")
            }
        }
        var nonce: UInt64 = 14_695_981_039_346_656_037
        let given = text("SignatureNonce") ?? request.header("x-acs-signature-nonce") ?? ""
        for byte in given.utf8 { nonce = (nonce ^ UInt64(byte)) &* 1_099_511_628_211 }
        return Authenticated(
            caller: .root(of: account, accessKeyID: "AK"),
            mark: ReplayMark(digest: UUIDBytes(high: 0, low: nonce), account: account, timestamp: now)
        )
    }
}

/// Remembers marks; without a nonce a request is always fresh.
final class RememberedNonces: ReplayGuard {
    private let state = Mutex((marks: Set<ReplayMark>(), isFull: false))
    private static let none: UInt64 = 14_695_981_039_346_656_037

    func setFull() { state.withLock { $0.isFull = true } }

    func claim(_ mark: ReplayMark, at now: Timestamp) -> ReplayVerdict {
        state.withLock { state in
            if state.isFull { return .full }
            if mark.digest.low == Self.none { return .fresh }
            return state.marks.insert(mark).inserted ? .fresh : .used
        }
    }
}

/// A store and a vault for operations that need neither.
struct NoStore: ServiceStore {
    private var refusal: StoreError { .unavailable("not in this test") }

    func key(_ id: KeyID, in namespace: Namespace) async throws(StoreError) -> Key? { throw refusal }
    func version(_ id: KeyVersionID) async throws(StoreError) -> KeyVersion? { throw refusal }
    func alias(_ name: AliasName, in namespace: Namespace) async throws(StoreError) -> Alias? { throw refusal }
    func keys(
        in namespace: Namespace,
        matching filter: KeyFilter,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<KeyID> { throw refusal }
    func aliases(
        in namespace: Namespace,
        of key: KeyID?,
        at now: Timestamp,
        page: Page
    ) async throws(StoreError) -> Listing<Alias> { throw refusal }
    func versions(
        of key: KeyID,
        in namespace: Namespace,
        page: Page
    ) async throws(StoreError) -> Listing<KeyVersionSummary> { throw refusal }
    func tags(of key: KeyID, in namespace: Namespace) async throws(StoreError) -> [Tag] { throw refusal }
    func tags(
        matching query: TagQuery,
        in namespace: Namespace,
        at now: Timestamp
    ) async throws(StoreError) -> [KeyTag] { throw refusal }
    func certificate(_ id: CertificateID, in namespace: Namespace) async throws(StoreError) -> Certificate? {
        throw refusal
    }
    func certificate(clientToken: String, in namespace: Namespace) async throws(StoreError) -> Certificate? {
        throw refusal
    }
    func tags(of certificate: CertificateID, in namespace: Namespace) async throws(StoreError) -> [Tag] {
        throw refusal
    }
    func keysToRetire(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] { [] }
    func keysToDestroy(at moment: Timestamp, limit: Int) async throws(StoreError) -> [Key] { [] }
    func keysToRotate(at now: Timestamp, limit: Int) async throws(StoreError) -> [Key] { [] }
    func scrub() async throws(StoreError) {}
    func reservedUses(of version: KeyVersionID) async throws(StoreError) -> Int64 { 0 }
    func count(of: Quota.Subject, in: Namespace, at: Timestamp) async throws(StoreError) -> Int { 0 }
    func apply(_ change: Change) async throws(StoreError) { throw refusal }
    func unacknowledgedAuditLines() async throws(StoreError) -> [(requestID: UUIDBytes, line: [UInt8])] { [] }
    func acknowledgeAudit(of requestID: UUIDBytes) {}
}

struct NoVault: KeyVault {
    func holder(of spec: KeySpec, for usage: KeyUsage, level: ProtectionLevel) -> KeyHolder? { nil }
    func makeVersion(_ identity: VersionIdentity, at now: Timestamp) async throws(VaultError) -> KeyVersion {
        throw .refused
    }
    func seal(
        _ plaintext: borrowing SecretBytes,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> CiphertextBlob { throw .refused }
    func open(
        _ blob: CiphertextBlob,
        under version: KeyVersion,
        authenticating context: EncryptionContext
    ) async throws(VaultError) -> SecretBytes { throw .refused }
    func publicKey(of version: KeyVersion) async throws(VaultError) -> [UInt8] { throw .refused }
    func sign(
        _ digest: [UInt8],
        with algorithm: SignatureAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> [UInt8] { throw .refused }
    func decrypt(
        _ ciphertext: [UInt8],
        with algorithm: EncryptionAlgorithm,
        under version: KeyVersion
    ) async throws(VaultError) -> SecretBox { throw .refused }
    func randomSecret(byteCount: Int) throws(VaultError) -> SecretBytes { throw .refused }
    func forget(_ versions: [KeyVersionID]) {}
}
