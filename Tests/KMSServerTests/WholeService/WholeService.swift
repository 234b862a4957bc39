import KMSAccess
import KMSCore
import KMSCrypto
import KMSProtection
import KMSStorage
import KMSTestKit
import NIOCore
import NIOPosix
import Synchronization

@testable import KMSServer

/// What of a server differs from one test to the next.
struct Arrangement: Sendable {
    var regions = [WholeService.region]
    /// Ports that stand for a region, beside the first, which stands for none.
    var regionPorts: [String] = []
    /// How many used nonces there is room for.
    var nonces = 37_000_000
    var rates = RateLimits()

    fileprivate func served() throws -> [RegionID] { try regions.map { try requireValue(RegionID($0)) } }

    fileprivate func listeners() throws -> [RPCListener] {
        let regions = try regionPorts.map { try requireValue(RegionID($0)) }
        return ([nil] + regions).map { RPCListener(host: "127.0.0.1", port: 0, region: $0) }
    }
}

/// A server as `keyhold-server` puts it together: every edge is the real one, but for the clock.
struct WholeService {
    static let region = "cn-hangzhou"

    let database: SQLiteStore
    let audit: FileAuditLog
    let counting: CountingStore
    let root: RootKeyRing
    let loader: RootKeyLoader
    let rotation: RootRotation
    let upkeep: Upkeep
    let responder: RPCResponder
    let store: CachedStore<CountingStore>
    let sealer: RootSealer
    private let accounts: AccountAdministration

    static func open(
        _ folder: DataFolder,
        as arrangement: Arrangement = Arrangement(),
        at clock: ManualClock,
        log: CollectedLog
    ) async throws -> WholeService {
        let regions = try arrangement.served()
        let database = try await SQLiteStore.open(folder: folder.path)
        let loader = RootKeyLoader(store: database, rotations: database, folder: folder.path)
        let root = try await loader.open()
        let lastingKeys = try await LastingKeys.open(root, keptIn: database)
        let counting = CountingStore(database)
        let store = CachedStore(counting)
        let sealer = RootSealer(root: root)
        let audit = try await FileAuditLog.open(
            path: "\(folder.path)/audit.jsonl",
            AuditOptions(),
            sealedBy: try await RootAuditSeal.open(root, keptIn: database, at: clock.now()),
            heads: database,
            outbox: database,
            ids: RandomIDs(),
            time: clock
        )
        let access = AccessService(store: store, sealer: sealer, time: clock, ids: RandomIDs())
        let catalogues = [Catalogue.kms(), Catalogue.ram(access), Catalogue.sts(access)]
        let workers = WorkerThreads(.singleton, limit: 1_000)
        let service = KeyService(
            store: store,
            vault: SoftwareVault(root: root, workers: workers),
            publicKeys: ParsedPublicKeys(workers: workers),
            importTokens: RootImportTokens(root: root),
            certificates: X509(),
            audit: audit,
            observer: LogObserver(logger: log.logger, counters: RequestCounters(actions: catalogues.flatMap(\.names))),
            time: clock,
            ids: RandomIDs(),
            settings: ServiceSettings(regions: regions, rates: arrangement.rates)
        )
        let responder = RPCResponder(
            catalogues: catalogues,
            service: service,
            authenticator: RequestAuthenticator(
                store: store,
                sealer: sealer,
                policies: PolicyCache(),
                markKey: lastingKeys.replayMarkKey
            ),
            replay: NonceStore(capacity: arrangement.nonces),
            regions: Regions(default: regions[0], served: regions),
            hostID: "keyhold.test"
        )
        return WholeService(
            database: database,
            audit: audit,
            counting: counting,
            root: root,
            loader: loader,
            rotation: RootRotation(
                ring: root,
                store: store,
                loader: loader,
                time: clock,
                uptime: { clock.now().microseconds }
            ),
            upkeep: Upkeep(service),
            responder: responder,
            store: store,
            sealer: sealer,
            accounts: AccountAdministration(store: store, sealer: sealer, time: clock)
        )
    }

    /// Sees to it that the user's account and access key exist.
    func admit(_ user: User) async throws {
        try await accounts.ensureAccount(
            try requireValue(AccountID(user.account)),
            accessKeyID: user.accessKeyID,
            secret: SecretBytes(copying: Array(user.secret.utf8))
        )
    }
}

/// Opens everything on the folder, serves for the time of `body`, lets go of everything, and returns what `body` did.
@discardableResult
func withWholeService<Value: Sendable>(
    _ folder: DataFolder,
    as arrangement: Arrangement = Arrangement(),
    at clock: ManualClock = ManualClock(),
    log: CollectedLog = CollectedLog(),
    users: [User] = [.alice],
    executor: (@Sendable (any EventLoop) -> any TaskExecutor)? = nil,
    _ body: @escaping @Sendable (WholeService, SigningClient) async throws -> Value
) async throws -> Value {
    let service = try await WholeService.open(folder, as: arrangement, at: clock, log: log)
    for user in users { try await service.admit(user) }
    let result = Kept<Value>()
    try await withServer(
        service.responder,
        listeners: try arrangement.listeners(),
        logger: log.logger,
        executor: executor
    ) { bound, _ in
        let ports = bound.dropFirst().map(\.address)
        let value = try await body(service, SigningClient(address: bound[0].address, regionPorts: ports, clock: clock))
        result.set(value)
    }
    return try requireValue(result.value)
}

private final class Kept<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)

    var value: Value? { kept.withLock { $0 } }
    func set(_ value: Value) { kept.withLock { $0 = value } }
}
