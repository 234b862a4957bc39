import KMSAccess
import KMSCore
import KMSTestKit
import Synchronization
import Testing

/// Two accounts with an access key each, and an authenticator that knows them.
struct Fixture {
    static let now = Timestamp(seconds: 1_795_487_293)
    static let region = RegionID("cn-hangzhou")!

    let store = InMemoryStore()
    let sealer = StubSealer()
    let authenticator: RequestAuthenticator

    init(requiresNonce: Bool = false, cacheCapacity: Int = 100) async throws {
        authenticator = RequestAuthenticator(
            store: store,
            sealer: sealer,
            policies: PolicyCache(),
            markKey: SecretBox(SecretBytes(copying: [UInt8](repeating: 7, count: 32))),
            requiresNonce: requiresNonce,
            cacheCapacity: cacheCapacity
        )
        for account in ["1", "2", "3"] {
            try await store.apply(
                Change([.insertAccount(Account(id: AccountID(account)!, createdAt: Self.now))])
            )
        }
        try await add("testid", secret: "testsecret", account: "1")
        try await add("otherid", secret: "othersecret", account: "2")
    }

    func add(_ id: String, secret: String, account: String, isActive: Bool = true) async throws {
        let subject = SealedSubject.accessKeySecret(
            account: AccountID(account)!,
            principal: "root",
            accessKeyID: id
        )
        try await put(id, account: account, sealed: StubSealer.record(Array(secret.utf8), subject), isActive: isActive)
    }

    /// A key of the account's root identity, in the place of one of the same id.
    func put(_ id: String, account: String, sealed: [UInt8], isActive: Bool = true) async throws {
        let account = AccountID(account)!
        let key = AccessKey(
            id: id,
            account: account,
            identity: .root,
            isActive: isActive,
            createdAt: Self.now,
            sealedSecret: sealed
        )
        var steps: [AccessStep] = [.insertAccessKey(key, limit: nil)]
        if try await store.accessKey(id) != nil { steps.insert(.deleteAccessKey(id, of: .root, in: account), at: 0) }
        try await store.apply(Change(steps.map { .access($0) }))
    }

    /// The code of the refusal, or nil where the request passes.
    func refusal(_ request: SignedRequest, at now: Timestamp = Self.now) async -> String? {
        do {
            _ = try await authenticator.authenticate(request, at: now)
            return nil
        } catch {
            #expect((400..<500).contains(error.status), "\(error)")
            return error.code
        }
    }
}

func signingKey(_ secret: String = "testsecret") -> SigningKey {
    SigningKey(secret: SecretBytes(copying: Array(secret.utf8)))
}

/// Seals nothing, but opens only what was sealed for the same subject; counts how often it opens.
final class StubSealer: Sealer {
    private let opened = Atomic<Int>(0)

    var openCount: Int { opened.load(ordering: .relaxed) }

    let sessionRevocations: UInt64 = 0

    static func record(_ secret: [UInt8], _ subject: SealedSubject) -> [UInt8] {
        Array("\(subject)".utf8) + [0] + secret
    }

    func seal(_ secret: borrowing SecretBytes, as subject: SealedSubject) throws(VaultError) -> [UInt8] {
        Self.record(secret.array, subject)
    }

    func open(_ record: [UInt8], as subject: SealedSubject) throws(VaultError) -> SecretBytes {
        opened.add(1, ordering: .relaxed)
        let prefix = Self.record([], subject)
        guard record.starts(with: prefix) else { throw .refused }
        return SecretBytes(copying: Array(record.dropFirst(prefix.count)))
    }
}

extension SecretBytes {
    /// The bytes, for tests alone.
    var array: [UInt8] {
        withBytes { bytes in
            bytes.byteOffsets.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
        }
    }
}

extension SignedRequest {
    /// A V1 request of these parameters, the first `queryCount` of them in the query (all unless given).
    static func v1(
        _ parameters: Parameters,
        method: String = "GET",
        queryCount: Int? = nil,
        headers: [(name: String, value: String)] = [(name: "host", value: "127.0.0.1:1")],
        isRegionNamed: Bool = false
    ) -> SignedRequest {
        SignedRequest(
            method: method,
            parameters: parameters,
            queryCount: queryCount ?? parameters.entries.count,
            headers: headers,
            body: [],
            region: Fixture.region,
            isRegionNamed: isRegionNamed
        )
    }

    /// What a server receives when a client sends `outgoing` with these headers.
    static func v3(
        _ outgoing: SignatureV3.Outgoing,
        headers: [(name: String, value: String)],
        form: Parameters = Parameters([:]),
        isRegionNamed: Bool = false
    ) -> SignedRequest {
        SignedRequest(
            method: outgoing.method,
            parameters: outgoing.query + form,
            queryCount: outgoing.query.entries.count,
            headers: headers.map { ($0.name.lowercased(), $0.value) },
            body: outgoing.body,
            region: Fixture.region,
            isRegionNamed: isRegionNamed
        )
    }
}

extension Parameters {
    /// Parameters of raw bytes.
    init(bytes pairs: [([UInt8], [UInt8])]) {
        var buffer: [UInt8] = []
        var entries: [Entry] = []
        for (name, value) in pairs {
            let (start, middle) = (buffer.count, buffer.count + name.count)
            buffer += name + value
            entries.append(Entry(name: start..<middle, value: middle..<buffer.count))
        }
        self.init(buffer: buffer, entries: entries)
    }

    /// The names and values as bytes.
    var pairs: [([UInt8], [UInt8])] { entries.map { (Array(name($0)), Array(value($0))) } }

    static func + (left: Parameters, right: Parameters) -> Parameters { Parameters(bytes: left.pairs + right.pairs) }

    /// The parameters with one changed; nil removes it.
    func setting(_ name: String, _ value: String?) -> Parameters {
        var pairs = pairs.filter { $0.0 != Array(name.utf8) }
        if let value { pairs.append((Array(name.utf8), Array(value.utf8))) }
        return Parameters(bytes: pairs)
    }
}
