internal import KMSCore
internal import KMSCrypto
internal import KMSProtection
internal import KMSServer
internal import Logging
internal import NIOCore
internal import NIOPosix

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

    /// How much work may wait for the threads; beyond that, callers are told to come back.
    private static let waiting = 1_000
    private static let pairsWaiting = 32

    /// - Parameter backends: the holders of wrapped keys that the database knows.
    init(_ settings: Settings, backends: [Backend], root: RootKeyRing, logger: Logger) throws {
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
        if settings.holdsHSMKeysInSoftware {
            logger.critical(
                "development.hsm.in.software is set: HSM keys are NOT held by an HSM but by software; never use this for keys that matter"
            )
            let backend = SoftwareVault.developmentBackend
            let vault = SoftwareVault(
                root: root,
                workers: workers,
                makers: makers,
                readyPairs: readyPairs,
                level: .hsm,
                backend: backend
            )
            others.append((backend, vault))
        }
        vault = VaultRouter((SoftwareVault.backend, software), others)
    }

    func start() {
        workers.start()
        makers.start()
        token?.workers.start()
    }
}
