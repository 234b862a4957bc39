internal import KMSAccess
internal import KMSCore
internal import KMSCrypto
internal import KMSProtection
internal import KMSServer
internal import KMSStorage
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization
internal import SystemPackage
internal import UnixSignals

/// One running server: the edges, plugged in where they belong.
struct Node {
    let settings: Settings
    let logger: Logger
    let folder: FilePath
    let store: CachedStore<SQLiteStore>
    let accounts: AccountAdministration
    private let service: KeyService
    private let holding: KeyHolding
    private let rotation: RootRotation
    private let audit: FileAuditLog
    private let counters: RequestCounters
    private let authenticator: RequestAuthenticator
    private let served: ServedRegions
    private let catalogues: [Catalogue]
    /// What the operator may ask for, through the socket alone.
    private let administration: [Catalogue]

    /// Opens the data folder, the root key and the audit trail; refuses in plain words where one of them is not whole.
    static func open(_ settings: Settings, logger: Logger) async throws -> Node {
        guard CryptoLibrary.isUsable else {
            throw StartupError(
                "libcrypto lacks an algorithm that Keyhold needs: OpenSSL 3.0 or later must be installed."
            )
        }
        SecretMemory.protect(logger)
        let folder = FilePath(settings.dataDirectory)
        try PrivateFile.makeFolder(folder)
        let served = try ServedRegions(settings)
        let database = try await Self.database(settings.dataDirectory)
        let guards = try settings.root.guards()
        let loader = RootKeyLoader(
            store: database,
            rotations: database,
            folder: settings.dataDirectory,
            guards: guards
        )
        let root = try await loader.open()
        let lastingKeys = try await LastingKeys.open(root, keptIn: database)
        let store = CachedStore(database)
        let sealer = RootSealer(root: root)
        let audit = try await Self.audit(settings, folder, root, database, logger)
        let clock = SystemClock()
        let rotation = RootRotation(ring: root, store: store, loader: loader, time: clock, uptime: clock.uptime)
        let access = AccessService(store: store, sealer: sealer, time: clock, ids: RandomIDs())
        let catalogues = [Catalogue.kms(), .ram(access), .sts(access)]
        let holding = try KeyHolding(
            settings,
            backends: try await database.backends(),
            root: root,
            slots: database,
            logger: logger
        )
        let slots = RootKeySlots(store: database, ring: root)
        let administration = [
            Catalogue.administration(
                access,
                rootKey: rotation,
                slots.operations + KeyProcessOperations.entries(holding.hsmProcess?.vault)
            ), .ram(access),
        ]
        let counters = RequestCounters(
            actions: (catalogues + administration.prefix(1)).flatMap(\.names) + Upkeep.actions
                + [KeyService.serviceKeyAction]
        )
        let service = KeyService(
            store: store,
            vault: holding.vault,
            publicKeys: holding.publicKeys,
            importTokens: RootImportTokens(root: root),
            certificates: X509(),
            audit: audit,
            observer: LogObserver(logger: logger, counters: counters),
            time: clock,
            ids: RandomIDs(),
            settings: ServiceSettings(
                regions: served.all,
                hsms: served.hsms,
                longestPendingWindow: settings.longestPendingWindow,
                destructionGrace: Int64(settings.destructionGrace),
                versionInterval: Int64(settings.versionInterval) * 86_400,
                rates: settings.quotas.rates,
                quotas: settings.quotas.quotas
            )
        )
        let authenticator = RequestAuthenticator(
            store: store,
            sealer: sealer,
            policies: PolicyCache(),
            markKey: lastingKeys.replayMarkKey,
            requiresNonce: settings.requiresNonce
        )
        return Node(
            settings: settings,
            logger: logger,
            folder: folder,
            store: store,
            accounts: AccountAdministration(store: store, sealer: sealer, time: clock),
            service: service,
            holding: holding,
            rotation: rotation,
            audit: audit,
            counters: counters,
            authenticator: authenticator,
            served: served,
            catalogues: catalogues,
            administration: administration
        )
    }

    /// The socket of the server that works on a data folder.
    static func socket(in folder: FilePath) -> FilePath { folder.appending("administration.sock") }

    private static func audit(
        _ settings: Settings,
        _ folder: FilePath,
        _ root: RootKeyRing,
        _ database: SQLiteStore,
        _ logger: Logger
    ) async throws -> FileAuditLog {
        let clock = SystemClock()
        let audit = try await FileAuditLog.open(
            path: settings.audit.path(in: folder),
            settings.audit.options(eventLoops: settings.eventLoops ?? System.coreCount),
            sealedBy: try await RootAuditSeal.open(root, keptIn: database, at: clock.now()),
            heads: database,
            outbox: database,
            ids: RandomIDs(),
            time: clock
        )
        if let loss = audit.loss {
            logger.critical("the audit trail was cut off or exchanged", metadata: ["missing": "\(loss)"])
        }
        return audit
    }

    static func database(_ folder: String) async throws -> SQLiteStore {
        do { return try await SQLiteStore.open(folder: folder) } catch .unavailable(let reason) {
            throw StartupError(reason)
        }
    }

    /// Whether anybody could sign a request.
    func hasAccounts() async throws -> Bool { try await !store.accounts().isEmpty }

    /// Serves until the process is told to stop, then finishes what is under way.
    ///
    /// - Parameters:
    ///   - companions: what is to run beside it and to end after it.
    ///   - whenReady: called once everything listens, before the first request is served.
    func serve(
        beside companions: [any Service] = [],
        whenReady: @escaping @Sendable (BoundAddresses) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops ?? System.coreCount)
        let responder = RPCResponder(
            catalogues: catalogues,
            service: service,
            authenticator: authenticator,
            replay: NonceStore(),
            regions: regions,
            proxies: TrustedProxies(try settings.addressBlocks()),
            hostID: "kms.\(served.default).keyhold"
        )
        // They end in the opposite order: the threads when nobody needs them any more, and the trail last.
        var services: [any Service] =
            companions + [
                AuditService(audit) { [logger] troubles in
                    for trouble in troubles { logger.error("audit trail", metadata: ["trouble": "\(trouble)"]) }
                }
            ]
        services += holding.services(logger)
        services += [
            RPCServer(
                listeners: try listeners(),
                responder: responder,
                eventLoopGroup: group,
                logger: logger,
                whenBound: { bound in try await whenReady(BoundAddresses(bound)) }
            ),
            upkeep(), resealing(), administrationSocket(group),
        ]
        if let port = settings.operationsPort { services.append(operations(port, group)) }
        let serviceGroup = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        holding.start()
        do { try await serviceGroup.run() } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private var regions: Regions { Regions(default: served.default, served: served.all, hosts: served.hosts) }

    private func administrationSocket(
        _ group: any EventLoopGroup,
        whenBound: @escaping @Sendable () -> Void = {}
    ) -> AdministrationSocket {
        AdministrationSocket(
            path: "\(Self.socket(in: folder))",
            catalogues: administration,
            service: service,
            accounts: store,
            regions: regions,
            eventLoopGroup: group,
            logger: logger,
            whenBound: whenBound
        )
    }

    /// Serves the socket alone for as long as `body` takes.
    func administrate<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        holding.start()
        let (bound, continuation) = AsyncStream.makeStream(of: Void.self)
        let socket = administrationSocket(group) { continuation.finish() }
        let result: Result<Value, any Error> = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [logger] in
                do { try await socket.run() } catch {
                    logger.error("the administration socket cannot be opened", metadata: ["cause": "\(error)"])
                }
                continuation.finish()
            }
            for await _ in bound {}
            let result: Result<Value, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            tasks.cancelAll()
            return result
        }
        try await group.shutdownGracefully()
        return try result.get()
    }

    private func listeners() throws -> [RPCListener] {
        var listeners: [RPCListener] = []
        if let port = settings.httpPort { listeners.append(RPCListener(host: settings.httpHost, port: port)) }
        let tls = settings.httpsPort == nil ? nil : try tls()
        if let port = settings.httpsPort {
            listeners.append(RPCListener(host: settings.httpsHost, port: port, tls: tls))
        }
        let regionTLS = settings.regionPortsArePlain ? nil : tls
        let regionHost = regionTLS == nil ? settings.httpHost : settings.httpsHost
        for port in served.ports {
            let (number, region) = (port.number, port.region)
            listeners.append(RPCListener(host: regionHost, port: number, tls: regionTLS, region: region))
        }
        return listeners
    }

    private func tls() throws -> RPCListener.TLS {
        guard let certificate = settings.tlsCertificate, let key = settings.tlsKey else {
            return try localTLS.certificate(for: settings.tlsHosts)
        }
        guard let chain = try PrivateFile.read(FilePath(certificate)), let key = try PrivateFile.read(FilePath(key))
        else {
            throw StartupError("tls.certificate or tls.key names a file that is not there.")
        }
        return RPCListener.TLS(certificateChain: chain, privateKey: SecretBox(SecretBytes(copying: key)))
    }

    /// The authority that issues this server's certificate where none is given.
    var localTLS: LocalTLS { LocalTLS(folder: folder.appending("tls")) }

    /// Goes on with a rotation of the root key, whenever it was begun.
    private func resealing() -> UpkeepService {
        let known = Mutex<[String]>([])
        return UpkeepService(every: .seconds(settings.upkeepInterval)) { [logger, rotation] in
            let troubles = await rotation.proceed()
            let news = known.withLock { known in
                defer { known = troubles }
                return known == troubles ? [] : troubles
            }
            for trouble in news.prefix(10) { logger.error("rotation", metadata: ["trouble": "\(trouble)"]) }
        }
    }

    private func upkeep() -> UpkeepService {
        let upkeep = Upkeep(service)
        let clockGuard = Mutex(ClockGuard())
        let clock = SystemClock()
        // A trouble that lasts is logged when it comes, not every round.
        let known = Mutex<Set<String>>([])
        return UpkeepService(every: .seconds(settings.upkeepInterval)) { [logger] in
            let isTrusted = clockGuard.withLock { $0.trusts(clock.now(), uptime: clock.uptime()) }
            if !isTrusted {
                logger.critical(
                    "the clock has jumped: nothing is destroyed until it is set back or the server restarts"
                )
            }
            let troubles = Set(await upkeep.run(mayDestroy: isTrusted))
            for trouble in troubles.subtracting(known.withLock { $0 }).sorted() {
                logger.error("upkeep", metadata: ["trouble": "\(trouble)"])
            }
            known.withLock { $0 = troubles }
        }
    }

    private func operations(_ port: Int, _ group: any EventLoopGroup) -> OperationsListener {
        OperationsListener(
            host: settings.operationsHost,
            port: port,
            eventLoopGroup: group,
            logger: logger,
            metrics: { [counters] in counters.exposition },
            obstacle: { [store, audit] in
                do {
                    _ = try await store.accounts()
                    try audit.prepare()
                    return nil
                } catch { return "\(error)" }
            },
            whenBound: { [logger] address in
                logger.info("health and metrics", metadata: ["address": "\(address)"])
            }
        )
    }
}
