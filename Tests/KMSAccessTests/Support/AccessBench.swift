import KMSCore
import KMSProtection
import KMSTestKit

@testable import KMSAccess

/// Two accounts, and whoever a test adds to them, in front of an authenticator under a real root key.
struct AccessBench {
    static let owner = AccountID("1")!
    static let stranger = AccountID("2")!
    static let all = document("Allow", "*", "*")

    let store = InMemoryStore()
    let clock = ManualClock(Fixture.now)
    let service: AccessService
    let sealer: CountingSealer
    private let ids = RowIDs()
    private(set) var authenticator: RequestAuthenticator

    init(rootByte: UInt8 = 1) async throws {
        sealer = CountingSealer(try RootSealer(root: Self.root(rootByte)))
        service = AccessService(store: store, sealer: sealer, time: clock, ids: FixedIDs())
        authenticator = Self.authenticator(store, sealer)
        for account in [Self.owner, Self.stranger] {
            try await store.apply(Change([.insertAccount(Account(id: account, createdAt: Fixture.now))]))
        }
    }

    private static func root(_ byte: UInt8) throws -> RootKeyRing {
        try RootKeyRing(RootKey(generation: 1, secret: SecretBytes(copying: [UInt8](repeating: byte, count: 32))))
    }

    private static func authenticator(_ store: InMemoryStore, _ sealer: any Sealer) -> RequestAuthenticator {
        RequestAuthenticator(
            store: store,
            sealer: sealer,
            policies: PolicyCache(),
            markKey: SecretBox(SecretBytes(copying: [UInt8](repeating: 7, count: 32))),
            cacheCapacity: 100
        )
    }

    /// As after a restart, and as on another server with the same database: nothing is warm.
    mutating func restart() { authenticator = Self.authenticator(store, sealer) }

    /// As ``restart()``, with another root key: another server altogether.
    mutating func changeRoot() throws {
        authenticator = Self.authenticator(store, try RootSealer(root: Self.root(99)))
    }

    static func document(_ effect: String, _ action: String, _ resource: String) -> String {
        #"{"Version":"1","Statement":[{"Effect":"\#(effect)","Action":"\#(action)","Resource":"\#(resource)"}]}"#
    }

    // MARK: Who there is

    func apply(_ steps: AccessStep...) async throws { try await store.apply(Change(steps.map { .access($0) })) }

    /// A user with these policies attached, and an access key.
    func addUser(
        _ name: String,
        in account: AccountID = owner,
        policies: [String] = []
    ) async throws -> (user: User, signer: Signer) {
        let user = User(
            id: UserID(ids.next())!,
            account: account,
            name: UserName(name)!,
            createdAt: Fixture.now,
            updatedAt: Fixture.now
        )
        try await apply(.insertUser(user, limit: 100))
        for document in policies { _ = try await attach(document, to: .user(user.id), in: account) }
        return (user, try await addKey(of: .user(user.id), in: account))
    }

    /// A new access key of a holder that exists.
    func addKey(of holder: Identity, in account: AccountID = owner) async throws -> Signer {
        let signer = Signer(id: "LTAI\(ids.next())", secret: "secret-\(ids.next())")
        let secret = SecretBytes(copying: Array(signer.secret.utf8))
        let subject = SealedSubject.accessKeySecret(
            account: account,
            principal: holder.description,
            accessKeyID: signer.id
        )
        let key = AccessKey(
            id: signer.id,
            account: account,
            identity: holder,
            isActive: true,
            createdAt: Fixture.now,
            sealedSecret: try sealer.seal(secret, as: subject)
        )
        try await apply(.insertAccessKey(key, limit: nil))
        return signer
    }

    func addRole(
        _ name: String,
        in account: AccountID = owner,
        trusting trust: String,
        policies: [String] = [],
        maximumDuration: Int = 3_600
    ) async throws -> Role {
        let role = Role(
            id: RoleID(ids.next())!,
            account: account,
            name: RoleName(name)!,
            trustPolicy: trust,
            maximumDuration: maximumDuration,
            createdAt: Fixture.now,
            updatedAt: Fixture.now
        )
        try await apply(.insertRole(role, limit: 100))
        for document in policies { _ = try await attach(document, to: .role(role.id), in: account) }
        return role
    }

    /// A trust policy of one statement that names these principals of RAM.
    static func trust(_ principals: String..., kind: String = "RAM", condition: String = "") -> String {
        let names = principals.map { "\"\($0)\"" }.joined(separator: ",")
        let condition = condition.isEmpty ? "" : ",\"Condition\":\(condition)"
        return #"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","#
            + #""Principal":{"\#(kind)":[\#(names)]}\#(condition)}]}"#
    }

    /// Attaches a new policy of this document.
    func attach(_ document: String, to grantee: Grantee, in account: AccountID = owner) async throws -> Policy {
        let id = UUIDBytes(high: 7, low: UInt64(ids.next())!)
        let policy = Policy(
            id: id,
            account: account,
            name: PolicyName("policy-\(ids.next())")!,
            createdAt: Fixture.now,
            updatedAt: Fixture.now
        )
        let version = PolicyVersion(policy: id, number: 1, document: document, createdAt: Fixture.now)
        let attachment = PolicyAttachment(
            grantee: grantee,
            account: account,
            policy: policy.reference,
            attachedAt: Fixture.now
        )
        try await apply(.insertPolicy(policy, version, limit: 100), .attach(attachment, limit: 20))
        return policy
    }

    // MARK: What they ask

    /// Who a signed request comes from.
    func caller(_ signer: Signer, _ scheme: Signer.Scheme = .v1) async throws -> Caller {
        try await authenticator.authenticate(try signer.request(scheme, at: clock.now()), at: clock.now()).caller
    }

    /// The code of the refusal of a signed request, or nil.
    func refusal(_ signer: Signer, _ scheme: Signer.Scheme = .v1) async throws -> String? {
        do {
            _ = try await caller(signer, scheme)
            return nil
        } catch let error as KMSError {
            return error.code
        }
    }

    /// What the signer's policies say of an action.
    func decision(_ signer: Signer, _ action: String, on resource: String = key) async throws -> Decision {
        try await caller(signer).authorizer.decide(
            AccessQuestion(
                action: action,
                resource: resource,
                conditions: RequestConditions(time: clock.now(), source: "192.0.2.1", isSecureTransport: false)
            )
        )
    }

    static let key = "acs:kms:cn-hangzhou:1:key/00000000-0000-0000-0000-000000000001"

    func assume(
        _ role: Role,
        as signer: Signer,
        _ own: KeyValuePairs<String, String> = [:]
    ) async throws -> AssumeRole.Answer {
        try await assume(role.resourceName.description, as: signer, own)
    }

    func assume(
        _ arn: String,
        as signer: Signer,
        _ own: KeyValuePairs<String, String> = [:]
    ) async throws -> AssumeRole.Answer {
        var pairs = [(key: "RoleArn", value: arn)]
        if !own.contains(where: { $0.key == "RoleSessionName" }) { pairs.append(("RoleSessionName", "session")) }
        let caller = try await caller(signer)
        var parameters = AccessParameters(Parameters(pairs + own.map { ($0.key, $0.value) }))
        let operation = try AssumeRole.reading(&parameters)
        try parameters.finish()
        return try await operation.run(call(caller), in: service)
    }

    /// The code with which AssumeRole refuses, or nil.
    func assumeRefusal(
        _ role: Role,
        as signer: Signer,
        _ own: KeyValuePairs<String, String> = [:]
    ) async throws -> String? {
        do {
            _ = try await assume(role, as: signer, own)
            return nil
        } catch let error as KMSError {
            return error.code
        }
    }

    func call(_ caller: Caller) -> Call {
        Call(
            requestID: .zero,
            caller: caller,
            namespace: Namespace(account: caller.account, region: Fixture.region),
            action: "AssumeRole",
            source: "192.0.2.1",
            arrival: clock.now(),
            replay: nil
        )
    }
}

/// A pair of id and secret, and the token of a session.
struct Signer: Sendable {
    enum Scheme: CaseIterable, Sendable { case v1, v3 }

    var id: String
    var secret: String
    var token: String?

    init(id: String, secret: String, token: String? = nil) {
        self.id = id
        self.secret = secret
        self.token = token
    }

    init(_ answer: AssumeRole.Answer) {
        let secret = answer.secret.withBytes { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
        self.init(id: answer.accessKeyID, secret: secret, token: answer.token)
    }

    func request(_ scheme: Scheme, nonce: String = "n", at time: Timestamp) throws -> SignedRequest {
        switch scheme {
        case .v1:
            return .v1(
                try SignatureV1.signed(
                    Parameters(["Action": "GetCallerIdentity", "Version": "2015-04-01"]),
                    method: "GET",
                    accessKeyID: id,
                    key: signingKey(secret),
                    securityToken: token,
                    nonce: nonce,
                    at: time
                )
            )
        case .v3:
            var outgoing = SignatureV3.Outgoing(host: "127.0.0.1", action: "GetCallerIdentity", version: "2015-04-01")
            outgoing.securityToken = token
            let headers = try SignatureV3.headers(
                for: outgoing,
                accessKeyID: id,
                key: signingKey(secret),
                nonce: nonce,
                at: time
            )
            return .v3(outgoing, headers: headers)
        }
    }
}
