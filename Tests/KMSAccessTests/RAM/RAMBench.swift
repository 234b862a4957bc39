import KMSAccess
import KMSCore
import KMSCrypto
import KMSProtection
import KMSTestKit
import Testing

/// RAM over memory, behind the real doorway: two accounts, and a clock set by hand.
struct RAMBench {
    static let account = AccountID("1000000000000001")!
    static let other = AccountID("2000000000000002")!

    let clock = ManualClock()
    let store = InMemoryStore()
    let audit = RecordingAuditLog()
    let sealer: RootSealer
    let access: AccessService
    let catalogue: Catalogue
    let rootKey = FixedRootKey()
    private let service: KeyService
    private let requestIDs = FixedIDs(series: 0xAAAA_0000_0000_4000)

    init() async throws {
        let root = try RootKeyRing(RootKey(generation: 1, secret: SecretBytes(copying: Array(1...32))))
        let workers = InlineWorkers()
        sealer = RootSealer(root: root)
        access = AccessService(store: store, sealer: sealer, time: clock, ids: FixedIDs())
        catalogue = Catalogue.ram(access)
        service = KeyService(
            store: store,
            vault: SoftwareVault(root: root, workers: workers),
            publicKeys: ParsedPublicKeys(workers: workers),
            importTokens: RootImportTokens(root: root),
            certificates: X509(),
            audit: audit,
            observer: SilentObserver(),
            time: clock,
            ids: FixedIDs(),
            settings: ServiceSettings(regions: [Fixture.region])
        )
        let now = clock.now()
        let accounts = [Self.account, Self.other].map { Change.Step.insertAccount(Account(id: $0, createdAt: now)) }
        try await store.apply(Change(accounts))
    }

    /// Performs an action and gives its fields, or throws the error that would be answered. The caller is the first
    /// account's root identity unless another is given.
    @discardableResult
    func call(
        _ action: String,
        _ parameters: [(key: String, value: String)],
        as caller: Caller = .root(of: account, accessKeyID: "LTAI-test"),
        replay: ReplayMark? = nil,
        isDryRun: Bool = false
    ) async throws(KMSError) -> Field {
        let administration = Catalogue.administration(access, rootKey: rootKey)
        let entry = catalogue.entry(named: action) ?? administration.entry(named: action)
        guard let entry else { throw .actionNotFound }
        let call = Call(
            requestID: requestIDs.next(),
            caller: caller,
            namespace: Namespace(account: caller.account, region: Fixture.region),
            action: action,
            source: "127.0.0.1",
            arrival: clock.now(),
            replay: replay,
            isDryRun: isDryRun
        )
        switch await service.perform(entry, with: Parameters(parameters), call) {
        case .failure(let error): throw error
        case .success(let response):
            var fields = RecordedFields()
            response.write(to: &fields)
            return .object(fields.members)
        }
    }

    @discardableResult
    func call(
        _ action: String,
        _ parameters: KeyValuePairs<String, String> = [:],
        as caller: Caller = .root(of: account, accessKeyID: "LTAI-test"),
        replay: ReplayMark? = nil,
        isDryRun: Bool = false
    ) async throws(KMSError) -> Field {
        let pairs = parameters.map { (key: $0.key, value: $0.value) }
        return try await call(action, pairs, as: caller, replay: replay, isDryRun: isDryRun)
    }

    /// The error that an action is answered with, or nil for success.
    func refusal(
        _ action: String,
        _ parameters: KeyValuePairs<String, String> = [:],
        as caller: Caller = .root(of: account, accessKeyID: "LTAI-test"),
        replay: ReplayMark? = nil,
        isDryRun: Bool = false
    ) async -> KMSError? {
        do {
            try await call(action, parameters, as: caller, replay: replay, isDryRun: isDryRun)
            return nil
        } catch { return error }
    }

    /// `<status> <code>` of what an action is answered with, or nil for success.
    func code(
        _ action: String,
        _ parameters: KeyValuePairs<String, String> = [:],
        as caller: Caller = .root(of: account, accessKeyID: "LTAI-test")
    ) async -> String? {
        await refusal(action, parameters, as: caller).map { "\($0.status) \($0.code)" }
    }

    /// A user, a role and a policy of these names, the policy attached to neither.
    func furnish(_ caller: Caller = .root(of: account, accessKeyID: "LTAI-test")) async throws {
        try await call("CreateUser", ["UserName": "alice"], as: caller)
        try await call("CreateRole", ["RoleName": "auditor", "AssumeRolePolicyDocument": Documents.trust], as: caller)
        try await call("CreatePolicy", ["PolicyName": "ReadKeys", "PolicyDocument": Documents.readKeys], as: caller)
    }

    func userID(_ name: String, in account: AccountID = account) async throws -> UserID {
        let name = try #require(UserName(name))
        return try #require(try await store.user(named: name, in: account)).id
    }
}

extension Caller {
    static let otherRoot = Caller.root(of: RAMBench.other, accessKeyID: "LTAI-other")

    /// Somebody whose policies are `authorizer`.
    static func user(_ id: UserID, _ name: String, _ authorizer: any Authorizer) -> Caller {
        Caller(
            account: RAMBench.account,
            identity: .user(id),
            principal: "user/\(name)",
            accessKeyID: "LTAI-user",
            authorizer: authorizer
        )
    }
}

/// Allows these pairs of action and resource, letter by letter, and nothing else.
struct LiteralAuthorizer: Authorizer {
    let allowed: Set<[String]>
    var asksForTags: Bool { false }

    init(_ action: String, _ resources: [String]) { allowed = Set(resources.map { [action, $0] }) }

    func decide(_ question: AccessQuestion) -> Decision {
        allowed.contains([question.action, question.resource])
            ? .allowed(by: StatementName(policy: "Custom/Test", version: "v1", index: 1)) : .notAllowed
    }
}

/// Documents that the policy engine takes.
enum Documents {
    static let readKeys = #"""
        {"Version":"1","Statement":[{"Effect":"Allow","Action":["kms:Describe*","kms:List*"],"Resource":"*"}]}
        """#
    /// With white space that must come back as it was given.
    static let useKeys = #"""
        { "Version": "1",  "Statement": [
          { "Effect": "Allow", "Action": "kms:Encrypt", "Resource": "acs:kms:*:*:key/*" } ] }
        """#
    static let trust = #"""
        {"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1000000000000001:root"]}}]}
        """#
    static let serviceTrust = #"""
        {"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["oss.aliyuncs.com"]}}]}
        """#
    static let malformed = #"{"Version":"1","Statement":[{"Effect":"Perhaps","Action":"kms:*","Resource":"*"}]}"#
}
