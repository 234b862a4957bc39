import KMSCore
import KMSCrypto
import KMSProtection
import KMSTestKit
import Testing

/// A whole service over memory, driven by a clock set by hand, called as the edge calls it.
struct Bench {
    let clock = ManualClock()
    let store = InMemoryStore()
    let audit = RecordingAuditLog()
    let vault: VaultRouter
    /// The one behind ``vault`` that holds the keys of protection level SOFTWARE.
    let software: SoftwareVault
    let service: KeyService
    let catalogue = Catalogue.kms()
    private let authorizer: any Authorizer
    private let ids = FixedIDs()
    private let requestIDs = FixedIDs(series: 0xAAAA_0000_0000_4000)

    private static let hsm = HSMProcess.backend

    /// - Parameter hasHSM: whether a second vault takes the keys of protection level HSM.
    init(
        authorizer: any Authorizer = RootAuthorizer(),
        longestPendingWindow: Int = 30,
        versionInterval: Int64 = 604_800,
        hasHSM: Bool = true,
        hsms: [RegionID: ManagedHSM] = ManagedHSM.documented,
        meter: UsageMeter = UsageMeter(),
        rates: RateLimits = RateLimits(),
        quotas: Quotas = Quotas()
    ) throws {
        self.authorizer = authorizer
        let root = try RootKeyRing(RootKey(generation: 1, secret: SecretBytes(copying: Array(1...32))))
        let workers = InlineWorkers()
        software = SoftwareVault(root: root, workers: workers)
        let hsm = SoftwareVault(root: root, workers: workers, level: .hsm, backend: Self.hsm)
        vault = VaultRouter((SoftwareVault.backend, software), hasHSM ? [(Self.hsm, hsm)] : [])
        let regions = ["cn-hangzhou", "cn-beijing", "us-east-1", "cn-qingdao"].compactMap { RegionID($0) }
        service = KeyService(
            store: store,
            vault: vault,
            publicKeys: ParsedPublicKeys(workers: workers),
            importTokens: RootImportTokens(root: root),
            certificates: X509(),
            audit: audit,
            observer: SilentObserver(),
            time: clock,
            ids: ids,
            settings: ServiceSettings(
                regions: regions,
                hsms: hsms,
                longestPendingWindow: longestPendingWindow,
                versionInterval: versionInterval,
                rates: rates,
                quotas: quotas
            ),
            meter: meter
        )
    }

    /// Performs an action and gives its fields, or throws the error that would be answered.
    @discardableResult
    func call(
        _ action: String,
        _ parameters: KeyValuePairs<String, String>,
        in namespace: Namespace = .example(),
        replay: ReplayMark? = nil,
        isDryRun: Bool = false,
        as service: ServiceCode? = nil
    ) async throws(KMSError) -> Field {
        let pairs = parameters.map { (key: $0.key, value: $0.value) }
        return try await call(action, pairs, in: namespace, replay: replay, isDryRun: isDryRun, as: service)
    }

    @discardableResult
    func call(
        _ action: String,
        _ parameters: [(key: String, value: String)] = [],
        in namespace: Namespace = .example(),
        replay: ReplayMark? = nil,
        isDryRun: Bool = false,
        as service: ServiceCode? = nil,
        authorizer: (any Authorizer)? = nil
    ) async throws(KMSError) -> Field {
        guard let entry = catalogue.entry(named: action) else { throw .actionNotFound }
        let caller = Caller(
            account: namespace.account,
            identity: .root,
            principal: "root",
            accessKeyID: "LTAI-test",
            service: service,
            authorizer: authorizer ?? self.authorizer
        )
        let call = Call(
            requestID: requestIDs.next(),
            caller: caller,
            namespace: namespace,
            action: action,
            source: "127.0.0.1",
            arrival: clock.now(),
            replay: replay,
            isDryRun: isDryRun
        )
        switch await self.service.perform(entry, with: Parameters(parameters), call) {
        case .failure(let error): throw error
        case .success(let response):
            var fields = RecordedFields()
            response.write(to: &fields)
            return .object(fields.members)
        }
    }

    /// The code that an action is answered with, or nil for success.
    func code(
        _ action: String,
        _ parameters: KeyValuePairs<String, String>,
        in namespace: Namespace = .example()
    ) async -> String? {
        await code(action, parameters.map { (key: $0.key, value: $0.value) }, in: namespace)
    }

    func code(
        _ action: String,
        _ parameters: [(key: String, value: String)] = [],
        in namespace: Namespace = .example()
    ) async -> String? {
        do {
            try await call(action, parameters, in: namespace)
            return nil
        } catch { return error.code }
    }

    /// A fresh key's id.
    func makeKey(
        _ parameters: KeyValuePairs<String, String> = [:],
        in namespace: Namespace = .example()
    ) async throws -> String {
        try #require(try await call("CreateKey", parameters, in: namespace)["KeyMetadata"]?["KeyId"]?.text)
    }

    func encrypt(
        _ plaintext: String,
        under key: String,
        _ context: String = "",
        in namespace: Namespace = .example()
    ) async throws -> String {
        let answer = try await call(
            "Encrypt",
            ["KeyId": key, "Plaintext": plaintext, "EncryptionContext": context],
            in: namespace
        )
        return try #require(answer["CiphertextBlob"]?.text)
    }

    func metadata(of key: String) async throws -> Field {
        try #require(try await call("DescribeKey", ["KeyId": key])["KeyMetadata"])
    }
}
