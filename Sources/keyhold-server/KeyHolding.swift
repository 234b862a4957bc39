internal import KMSCore
internal import KMSCrypto
internal import KMSProtection
internal import KMSServer
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// Who holds key material, and the threads that work with it.
struct KeyHolding {
    let workers: WorkerThreads
    /// Threads of their own make key pairs: signatures, which take a thousandth of the time, do not wait behind them.
    let makers: WorkerThreads
    let readyPairs: ReadyKeyPairs
    /// The token that holds HSM keys, where there is one.
    let token: TokenHolding?
    let vault: VaultRouter
    let publicKeys: ParsedPublicKeys
    /// The isolated key process, and the threads that wait for its answers.
    let hsmProcess: (vault: HSMProcessVault, waiters: WorkerThreads)?

    /// How much work may wait for the threads; beyond that, callers are told to come back.
    private static let waiting = 1_000
    private static let pairsWaiting = 32
    /// Fewer than keyhold-hsm serves.
    private static let mostConnections = 24

    /// - Parameters:
    ///   - backends: the holders of wrapped keys that the database knows.
    ///   - slots: where the slot table of the key process is remembered.
    init(
        _ settings: Settings,
        backends: [Backend],
        root: RootKeyRing,
        slots: any SlotStore,
        logger: Logger
    ) throws {
        let threads = settings.workerThreads ?? max(2, System.coreCount)
        workers = WorkerThreads(NIOThreadPool(numberOfThreads: threads), limit: Self.waiting)
        makers = WorkerThreads(NIOThreadPool(numberOfThreads: max(1, threads / 2)), limit: Self.pairsWaiting)
        readyPairs = ReadyKeyPairs(size: settings.readyKeyPairs, workers: makers)
        publicKeys = ParsedPublicKeys(workers: workers)
        let software = SoftwareVault(root: root, workers: workers, makers: makers, readyPairs: readyPairs)
        token = try TokenHolding(settings.token, backends: backends, root: root, logger: logger)
        // In the order in which they are asked to take new keys.
        var others: [(backend: String, vault: any KeyVault)] = []
        if let token { others.append((token.vault.backend, token.vault)) }
        if let socket = settings.hsmProcess.socket {
            // They wait and do no work of their own, so that there may be more of them than processors.
            let threads = min(Self.mostConnections, max(4, 2 * System.coreCount))
            let waiters = WorkerThreads(NIOThreadPool(numberOfThreads: threads), limit: Self.waiting)
            let hsm = HSMProcessVault(path: socket, store: slots, workers: waiters, makers: makers)
            others.append((HSMProcess.backend, hsm))
            hsmProcess = (hsm, waiters)
        } else {
            hsmProcess = nil
        }
        vault = VaultRouter((SoftwareVault.backend, software), others)
    }

    func start() {
        workers.start()
        makers.start()
        token?.workers.start()
        hsmProcess?.waiters.start()
    }

    /// What must run for as long as keys are held; what comes later in the list ends earlier.
    func services(_ logger: Logger) -> [any Service] {
        var services: [any Service] = [
            workers, makers, BackgroundService { [readyPairs] in await readyPairs.keepFull() },
        ]
        if let token { services += [token.workers, BackgroundService { await token.awaitToken() }] }
        guard let (vault, waiters) = hsmProcess else { return services }
        services += [
            waiters,
            BackgroundService {
                do {
                    let node = try await vault.status().node
                    logger.info("keyhold-hsm holds HSM keys", metadata: ["node": "\(node)"])
                } catch {
                    logger.error("HSM keys cannot be used until keyhold-hsm serves", metadata: ["cause": "\(error)"])
                }
                await vault.passOnForgettings()
            },
        ]
        return services
    }
}
