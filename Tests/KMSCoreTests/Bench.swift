import KMSCore
import KMSProtection
import KMSTestKit
import Testing

/// A whole service over memory, driven by a clock set by hand, called as the edge calls it.
struct Bench {
    let clock = ManualClock()
    let store = InMemoryStore()
    let audit = RecordingAuditLog()
    let vault: SoftwareVault
    let service: KeyService
    let catalogue = Catalogue.kms()
    private let ids = FixedIDs()
    private let requestIDs = FixedIDs(series: 0xAAAA_0000_0000_4000)

    init(authorizer: any Authorizer = RootAuthorizer(), longestPendingWindow: Int = 30) throws {
        vault = try SoftwareVault(root: RootKey(generation: 1, secret: SecretBytes(copying: Array(1...32))))
        let regions = ["cn-hangzhou", "cn-beijing"].compactMap { RegionID($0) }
        service = KeyService(
            store: store,
            vault: vault,
            authorizer: authorizer,
            audit: audit,
            observer: SilentObserver(),
            time: clock,
            ids: ids,
            settings: ServiceSettings(regions: regions, longestPendingWindow: longestPendingWindow)
        )
    }

    /// Performs an action and gives its fields, or throws the error that would be answered.
    @discardableResult
    func call(
        _ action: String,
        _ parameters: KeyValuePairs<String, String> = [:],
        in namespace: Namespace = .example(),
        replay: ReplayMark? = nil,
        isDryRun: Bool = false
    ) async throws(KMSError) -> Field {
        guard let entry = catalogue.entry(named: action) else { throw .actionNotFound }
        let caller = Caller(account: namespace.account, identity: .root, accessKeyID: "LTAI-test")
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
        switch await service.perform(entry, with: Parameters(parameters), call) {
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
        _ parameters: KeyValuePairs<String, String> = [:],
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
